#include "server/cases/url_secrets.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/cases/case_nodes.h"
#include "server/provider/binding_values.h"
#include "server/provider/form_encoding.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using Parameters = google::protobuf::Map<std::string, std::string>;

struct SecretText {
  const char* begin;
  const char* placeholder;
  bool needs_leave;  // of `secrets_in_url`, in token requests
};

constexpr SecretText kSecrets[] = {{"case-secret", "{client_secret}", true},
                                   {"case-code", "{code}", true},
                                   {"case-verifier", "{code_verifier}", true},
                                   {"refresh-", "{refresh_token}", true},
                                   {"access-", "{access_token}", false}};

// Stands for every secret in an expanded URL: which of its tokens a case uses when is not known here.
constexpr char kAnySecret[] = "any.secret";

// Where a request goes and what it puts into the URL.
struct UrlUse {
  std::string url;  // with placeholders
  Parameters query;
  bool secrets_allowed = true;
};

std::vector<UrlUse> UsesOf(const Provider& entry) {
  std::vector<UrlUse> uses;
  for (const Provider::TokenRequest* request :
       {&entry.token().code_request(), &entry.post_exchange(), &entry.renewal().request(),
        &entry.revocation().request(), &entry.introspection().request()}) {
    const bool has_body = request->method() == "POST" || request->body() == Provider::BODY_JSON;
    uses.push_back({request->url(), has_body ? Parameters() : request->parameters(),
                    request->secrets_in_url()});
  }
  for (const Provider::ProfileCall& call : entry.profile_calls())
    uses.push_back({call.url(), call.query()});
  return uses;
}

// Whether this is the URL, without a query, that `pattern` is with any one segment, or part of one, in place of kAnySecret.
bool Fits(const std::string& url, const std::string& pattern) {
  const size_t at = pattern.find(kAnySecret);
  if (at == std::string::npos) return url == pattern;
  const std::string begin = pattern.substr(0, at);
  const std::string end = pattern.substr(at + sizeof(kAnySecret) - 1);
  if (url.size() < begin.size() + end.size() || !absl::StartsWith(url, begin) ||
      !absl::EndsWith(url, end))
    return false;
  const std::string between = url.substr(at, url.size() - begin.size() - end.size());
  return !absl::StrContains(between, "/");
}

// The uses whose URL, filled in for the case, is `path`.
std::vector<UrlUse> UsesAt(const ProviderCase& played, const Provider& entry,
                           const std::string& path) {
  ProviderBinding binding;
  binding.provider = played.provider;
  binding.entry = std::shared_ptr<const Provider>(std::shared_ptr<const Provider>(), &entry);
  binding.client = &played.client;
  storage::v1::ProviderTokens tokens;
  tokens.set_access_token(kAnySecret);
  tokens.set_refresh_token(kAnySecret);
  for (const auto& [name, value] : TextsOf(Member(played.tokens, "kept")))
    (*tokens.mutable_kept())[name] = value;
  const BindingValues values(binding, &tokens, /*redirect_uri=*/"", /*code=*/kAnySecret);
  std::vector<UrlUse> found;
  for (UrlUse& use : UsesOf(entry)) {
    const absl::StatusOr<std::string> pattern = values.ExpandUrl(use.url);
    if (pattern.ok() && Fits(path, *pattern)) found.push_back(std::move(use));
  }
  return found;
}

// Whether `text` has a secret that none of these has, where `described` is what the use says of the same place.
template <typename Described>
bool IsStray(const std::string& text, const std::vector<UrlUse>& uses, const Described& described) {
  return std::any_of(std::begin(kSecrets), std::end(kSecrets), [&](const SecretText& secret) {
    if (!absl::StrContains(text, secret.begin)) return false;
    return std::none_of(uses.begin(), uses.end(), [&](const UrlUse& use) {
      return (use.secrets_allowed || !secret.needs_leave) &&
             absl::StrContains(described(use), secret.placeholder);
    });
  });
}

}  // namespace

bool HoldsStraySecret(const ProviderCase& played, const Provider& entry, const std::string& url) {
  const size_t mark = url.find('?');
  const std::string path = url.substr(0, mark);
  const std::vector<UrlUse> uses = UsesAt(played, entry, path);
  if (IsStray(path, uses, [](const UrlUse& use) { return use.url; })) return true;
  if (mark == std::string::npos) return false;
  const std::string query = url.substr(mark + 1);
  const std::optional<FormFields> fields = DecodeForm(query);
  if (!fields.has_value()) return IsStray(query, {}, [](const UrlUse&) { return ""; });
  return std::any_of(fields->begin(), fields->end(), [&uses](const auto& field) {
    return IsStray(absl::StrCat(field.first, "=", field.second), uses, [&field](const UrlUse& use) {
      const auto parameter = use.query.find(field.first);
      return parameter == use.query.end() ? std::string() : parameter->second;
    });
  });
}

}  // namespace evertoken
