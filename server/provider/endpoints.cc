#include "server/provider/endpoints.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/provider/provider_error.h"
#include "server/provider/reply_hosts.h"
#include "server/provider/token_binding.h"

namespace evertoken {

using config::v1::Provider;

Endpoints::Endpoints(Discovery* discovery, EgressPolicy* egress, SecretJwtSigner* secrets)
    : discovery_(discovery), egress_(egress), secrets_(secrets) {}

Task<absl::StatusOr<std::string>> Endpoints::Authorization(ProviderBinding binding) {
  if (!BeginsLogins(*binding.entry)) {
    co_return MakeError(v1::ERROR_REASON_PROVIDER_DISABLED,
                        absl::StrCat("provider ", binding.provider,
                                     ": no login begins here; exchange the code that it gave out"));
  }
  std::string url = binding.entry->authorization().url();
  co_return co_await Resolve(std::move(binding), std::move(url),
                             &DiscoveryDocument::authorization_endpoint);
}

Task<absl::StatusOr<std::string>> Endpoints::Token(ProviderBinding binding) {
  std::string url = binding.entry->token().url();
  co_return co_await Resolve(std::move(binding), std::move(url),
                             &DiscoveryDocument::token_endpoint);
}

Task<absl::StatusOr<std::string>> Endpoints::Userinfo(ProviderBinding binding) {
  std::string none;
  co_return co_await Resolve(std::move(binding), std::move(none),
                             &DiscoveryDocument::userinfo_endpoint);
}

Task<absl::StatusOr<std::string>> Endpoints::Resolve(ProviderBinding binding, std::string url,
                                                     Member member) {
  if (!url.empty()) co_return Expand(binding, url, nullptr);
  absl::StatusOr<DiscoveryDocument> document = co_await discovery_->Get(binding);
  if (!document.ok()) co_return document.status();
  std::string& found = (*document).*member;
  if (found.empty())
    co_return Misconfigured(binding.provider,
                            "neither the catalogue nor discovery names the endpoint");
  co_return std::move(found);
}

Task<absl::StatusOr<std::string>> Endpoints::Revocation(ProviderBinding binding,
                                                        storage::v1::ProviderTokens tokens) {
  const std::string& url = binding.entry->revocation().url();
  if (!url.empty()) co_return Expand(binding, url, &tokens);
  absl::StatusOr<DiscoveryDocument> document = co_await discovery_->Get(binding);
  if (!document.ok()) co_return document.status();
  co_return std::move(document->revocation_endpoint);
}

absl::StatusOr<std::string> Endpoints::Expand(const ProviderBinding& binding,
                                              const std::string& url,
                                              const storage::v1::ProviderTokens* tokens) {
  const BindingValues values(binding, tokens);
  return Expand(binding, url, values);
}

absl::StatusOr<std::string> Endpoints::Expand(const ProviderBinding& binding,
                                              const std::string& url, const BindingValues& values) {
  absl::StatusOr<std::string> expanded = values.ExpandUrl(url);
  if (!expanded.ok()) return expanded;
  if (BeginsWithKeptValue(url) && !IsAtReplyHost(*binding.entry, *expanded))
    return ReplyInvalid(binding.provider,
                        "a reply named a host that the catalogue does not permit");
  // Beside these only operators' values name a host, so this cannot be led astray by a caller or a provider.
  if (!egress_->Allow(*expanded).ok())
    return Misconfigured(binding.provider, "an endpoint is not an https URL");
  return expanded;
}

Task<absl::StatusOr<ClientProof>> Endpoints::Authentication(ProviderBinding binding) {
  ClientProof proof(binding.entry->client_authentication().kind());
  if (proof.kind == Provider::ClientAuthentication::KIND_JWT_AS_SECRET) {
    if (secrets_ == nullptr)
      co_return Misconfigured(binding.provider, "nothing here can sign client secrets");
    absl::StatusOr<Secret> made = secrets_->For(binding);
    if (!made.ok()) co_return made.status();
    proof.made = *std::move(made);
    co_return proof;
  }
  if (proof.kind != Provider::ClientAuthentication::KIND_BY_DISCOVERY) co_return proof;
  absl::StatusOr<DiscoveryDocument> document = co_await discovery_->Get(binding);
  if (!document.ok()) co_return document.status();
  proof.kind = ChooseByDiscovery(document->token_endpoint_auth_methods);
  co_return proof;
}

Task<absl::StatusOr<bool>> Endpoints::WantsPkce(ProviderBinding binding) {
  const Provider::Pkce pkce = binding.entry->authorization().pkce();
  if (pkce == Provider::PKCE_PUBLIC_CLIENTS) co_return binding.client->client_secret().empty();
  if (pkce != Provider::PKCE_BY_DISCOVERY) co_return pkce == Provider::PKCE_SEND;
  absl::StatusOr<DiscoveryDocument> document = co_await discovery_->Get(binding);
  if (!document.ok()) co_return document.status();
  const std::vector<std::string>& methods = document->code_challenge_methods;
  co_return methods.empty() || std::find(methods.begin(), methods.end(), "S256") != methods.end();
}

}  // namespace evertoken
