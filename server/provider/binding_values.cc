#include "server/provider/binding_values.h"

#include <re2/re2.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/base/ids.h"
#include "server/provider/provider_error.h"
#include "server/provider/scope_text.h"
#include "server/provider/signing_key.h"
#include "server/provider/url_template.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using config::v1::ProviderClient;

constexpr size_t kRandomBytes = 16;

std::optional<std::string> NonEmpty(const std::string& value) {
  if (value.empty()) return std::nullopt;
  return value;
}

std::string InstanceValue(const Provider& entry, const ProviderClient& client,
                          const std::string& name) {
  const auto said = client.instance().find(name);
  if (said != client.instance().end()) return said->second;
  const auto parameter = entry.instance_parameters().find(name);
  return parameter == entry.instance_parameters().end() ? std::string()
                                                        : parameter->second.default_value();
}

// A private key that signs secrets is never one itself.
std::optional<std::string> SentSecret(const ProviderBinding& binding) {
  const bool is_key = binding.entry->client_authentication().kind() ==
                      Provider::ClientAuthentication::KIND_JWT_AS_SECRET;
  return is_key ? std::nullopt : NonEmpty(binding.client->client_secret());
}

std::string GrantedScopes(const Provider& entry, const storage::v1::ProviderTokens& tokens) {
  return JoinScopes({tokens.scopes().begin(), tokens.scopes().end()},
                    entry.authorization().scope_separator());
}

}  // namespace

BindingValues::BindingValues(const ProviderBinding& binding,
                             const storage::v1::ProviderTokens* tokens,
                             absl::string_view redirect_uri, absl::string_view code)
    : binding_(binding), tokens_(tokens), redirect_uri_(redirect_uri), code_(code) {}

std::optional<std::string> BindingValues::operator()(absl::string_view name) const {
  if (absl::ConsumePrefix(&name, "instance:")) {
    return NonEmpty(InstanceValue(*binding_.entry, *binding_.client, std::string(name)));
  }
  if (name == "client_id") return NonEmpty(binding_.client->client_id());
  if (name == "client_secret") return SentSecret(binding_);
  if (name == "random") return RandomToken(kRandomBytes);
  if (name == "redirect_uri" && !redirect_uri_.empty()) return std::string(redirect_uri_);
  if (name == "code") return NonEmpty(std::string(code_));
  if (tokens_ == nullptr) return std::nullopt;
  if (name == "redirect_uri") return NonEmpty(tokens_->redirect_uri());
  if (name == "scopes") return NonEmpty(GrantedScopes(*binding_.entry, *tokens_));
  if (name == "access_token") return NonEmpty(tokens_->access_token());
  if (name == "refresh_token") return NonEmpty(tokens_->refresh_token());
  if (!absl::ConsumePrefix(&name, "kept:")) return std::nullopt;
  const auto kept = tokens_->kept().find(std::string(name));
  return kept == tokens_->kept().end() ? std::nullopt : NonEmpty(kept->second);
}

absl::StatusOr<FormFields> BindingValues::Expand(
    const google::protobuf::Map<std::string, std::string>& parameters) const {
  FormFields fields;
  for (const auto& [name, value] : parameters) {
    absl::StatusOr<std::string> expanded = ExpandText(value, *this);
    if (!expanded.ok()) return Misconfigured(binding_.provider, expanded.status().message());
    fields.emplace_back(name, *std::move(expanded));
  }
  std::sort(fields.begin(), fields.end());
  return fields;
}

FormFields BindingValues::ExpandKnown(
    const google::protobuf::Map<std::string, std::string>& parameters) const {
  FormFields fields;
  for (const auto& [name, value] : parameters) {
    // A checked entry's text fails for nothing else than a value that is missing.
    absl::StatusOr<std::string> expanded = ExpandText(value, *this);
    if (expanded.ok()) fields.emplace_back(name, *std::move(expanded));
  }
  std::sort(fields.begin(), fields.end());
  return fields;
}

absl::StatusOr<std::string> BindingValues::ExpandUrl(absl::string_view url) const {
  absl::StatusOr<std::string> expanded = evertoken::ExpandUrl(url, *this);
  if (!expanded.ok()) return Misconfigured(binding_.provider, expanded.status().message());
  return expanded;
}

absl::Status CheckInstance(const Provider& entry, const ProviderClient& client) {
  std::vector<std::string> problems;
  for (const auto& [name, unused] : client.instance()) {
    if (!entry.instance_parameters().contains(name))
      problems.push_back(absl::StrCat(name, ": the provider has no such parameter"));
  }
  for (const auto& [name, parameter] : entry.instance_parameters()) {
    const std::string value = InstanceValue(entry, client, name);
    if (value.empty()) {
      problems.push_back(absl::StrCat(name, ": is required"));
    } else if (!parameter.pattern().empty() &&
               !RE2::FullMatch(value, RE2(parameter.pattern(), RE2::Quiet))) {
      problems.push_back(absl::StrCat(name, ": must match ", parameter.pattern()));
    }
  }
  if (entry.client_authentication().kind() == Provider::ClientAuthentication::KIND_JWT_AS_SECRET) {
    const absl::Status key = CheckSigningKey(client.client_secret());
    if (!key.ok()) problems.push_back(absl::StrCat("the app's client_secret ", key.message()));
  }
  if (problems.empty()) return absl::OkStatus();
  std::sort(problems.begin(), problems.end());
  return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
}

}  // namespace evertoken
