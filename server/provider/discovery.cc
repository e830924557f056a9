#include "server/provider/discovery.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/provider/binding_values.h"
#include "server/provider/provider_error.h"

namespace evertoken {
namespace {

constexpr absl::Duration kMaxAge = absl::Hours(1);
constexpr size_t kMostListed = 64;
constexpr size_t kMostReadings = 1024;

std::vector<std::string> TextsAt(JsonRef root, absl::string_view pointer) {
  std::vector<std::string> texts;
  for (const JsonRef& element : root.At(pointer).Elements()) {
    std::optional<std::string> text = element.Text();
    if (text.has_value() && texts.size() < kMostListed) texts.push_back(*std::move(text));
  }
  return texts;
}

std::string TextAt(JsonRef root, absl::string_view pointer) {
  const JsonRef value = root.At(pointer);
  return value.is_string() ? *value.Text() : std::string();
}

bool IsAccepted(const config::v1::Provider& entry, absl::string_view expected,
                absl::string_view issuer) {
  if (issuer == expected) return true;
  const auto& additional = entry.id_token().additional_issuers();
  if (std::any_of(additional.begin(), additional.end(),
                  [&](const std::string& other) { return issuer == other; })) {
    return true;
  }
  const std::string& issuer_template = entry.id_token().issuer_template();
  return !issuer_template.empty() && FitsIssuerTemplate(issuer, issuer_template);
}

absl::string_view UpToBrace(absl::string_view text) { return text.substr(0, text.find('{')); }

bool IsClaimText(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' ||
         c == '{' || c == '}';
}

}  // namespace

bool FitsIssuerTemplate(absl::string_view issuer, absl::string_view issuer_template) {
  while (!issuer_template.empty()) {
    const absl::string_view literal = UpToBrace(issuer_template);
    if (!absl::ConsumePrefix(&issuer, literal)) return false;
    issuer_template.remove_prefix(literal.size());
    if (issuer_template.empty()) break;
    issuer_template.remove_prefix(std::min(issuer_template.find('}') + 1, issuer_template.size()));
    const size_t length = static_cast<size_t>(
        std::find_if_not(issuer.begin(), issuer.end(), IsClaimText) - issuer.begin());
    if (length == 0) return false;
    issuer.remove_prefix(length);
  }
  return issuer.empty();
}

absl::StatusOr<DiscoveryDocument> ReadDiscoveryDocument(const ProviderBinding& binding,
                                                        absl::string_view issuer, JsonRef root,
                                                        EgressPolicy* egress) {
  DiscoveryDocument document;
  document.issuer = TextAt(root, "/issuer");
  if (!IsAccepted(*binding.entry, issuer, document.issuer)) {
    return ReplyInvalid(binding.provider,
                        "its discovery document names another issuer than the configured one");
  }
  document.authorization_endpoint = TextAt(root, "/authorization_endpoint");
  document.token_endpoint = TextAt(root, "/token_endpoint");
  document.userinfo_endpoint = TextAt(root, "/userinfo_endpoint");
  document.revocation_endpoint = TextAt(root, "/revocation_endpoint");
  document.jwks_uri = TextAt(root, "/jwks_uri");
  document.token_endpoint_auth_methods = TextsAt(root, "/token_endpoint_auth_methods_supported");
  document.code_challenge_methods = TextsAt(root, "/code_challenge_methods_supported");
  const JsonRef names_issuer = root.At("/authorization_response_iss_parameter_supported");
  document.names_issuer_at_callback = !names_issuer.is_string() && names_issuer.Text() == "true";
  for (const std::string* url :
       {&document.authorization_endpoint, &document.token_endpoint, &document.userinfo_endpoint,
        &document.revocation_endpoint, &document.jwks_uri}) {
    const absl::Status allowed =
        url->empty() ? absl::OkStatus() : egress->AllowNamedBy(issuer, *url);
    if (!allowed.ok()) {
      return ReplyInvalid(
          binding.provider,
          absl::StrCat("its discovery document names an address that may not be called: ",
                       allowed.message()));
    }
  }
  return document;
}

bool IsCallbackIssuer(const ProviderBinding& binding, const DiscoveryDocument& document,
                      absl::string_view issuer) {
  if (issuer.empty()) return !document.names_issuer_at_callback;
  return IsAccepted(*binding.entry, document.issuer, issuer);
}

Discovery::Discovery(DocumentCache* cache, EgressPolicy* egress) : cache_(cache), egress_(egress) {}

Task<absl::StatusOr<DiscoveryDocument>> Discovery::Get(ProviderBinding binding) {
  if (binding.entry->issuer().empty())
    co_return Misconfigured(binding.provider, "the catalogue entry has no issuer");
  const BindingValues values(binding);
  const absl::StatusOr<std::string> issuer = values.ExpandUrl(binding.entry->issuer());
  if (!issuer.ok()) co_return issuer.status();
  const std::string url =
      absl::StrCat(absl::StripSuffix(*issuer, "/"), "/.well-known/openid-configuration");
  const absl::Status allowed = egress_->Allow(url);
  if (!allowed.ok())
    co_return Misconfigured(binding.provider, "the configured issuer is not an https URL");
  absl::StatusOr<DocumentCache::Document> document =
      co_await cache_->Get(binding.provider, url, kMaxAge);
  if (!document.ok()) co_return document.status();
  co_return Read(binding, *issuer, *std::move(document)).result;
}

const Discovery::Reading& Discovery::Read(const ProviderBinding& binding, const std::string& issuer,
                                          DocumentCache::Document document) {
  if (readings_.size() >= kMostReadings) readings_.clear();
  Reading& reading = readings_[issuer];
  if (reading.document != document || reading.entry != binding.entry) {
    reading.result = ReadDiscoveryDocument(binding, issuer, document->root(), egress_);
    reading.document = std::move(document);
    reading.entry = binding.entry;
  }
  return reading;
}

}  // namespace evertoken
