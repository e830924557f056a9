#include "server/provider/provider_api.h"

#include <utility>

#include "server/base/error.h"
#include "server/provider/authorization.h"
#include "server/provider/code_redemption.h"
#include "server/provider/discovery.h"
#include "server/provider/document_cache.h"
#include "server/provider/endpoints.h"
#include "server/provider/id_token_verifier.h"
#include "server/provider/introspector.h"
#include "server/provider/profile_fetcher.h"
#include "server/provider/renewal.h"
#include "server/provider/revoker.h"
#include "server/provider/token_binding.h"
#include "server/provider/token_endpoint.h"

namespace evertoken {

using storage::v1::ProviderTokens;

class ProviderApi::Impl {
 public:
  Impl(HttpClient* http, const Clock* clock, EgressPolicy* egress, absl::Duration timeout)
      : documents(http, clock, timeout),
        discovery(&documents, egress),
        secrets(clock),
        endpoints(&discovery, egress, &secrets),
        token_endpoint(http, clock, &endpoints, timeout),
        profiles(http, clock, &endpoints, timeout),
        authorizer(&endpoints),
        redeemer(&token_endpoint),
        verifier(clock, &discovery, &documents),
        renewer(clock, &token_endpoint, &profiles),
        introspector(http, clock, &endpoints, timeout),
        revoker(http, clock, &endpoints, timeout) {}

  DocumentCache documents;
  Discovery discovery;
  SecretJwtSigner secrets;
  Endpoints endpoints;
  TokenEndpoint token_endpoint;
  ProfileFetcher profiles;
  Authorizer authorizer;
  CodeRedeemer redeemer;
  IdTokenVerifier verifier;
  Renewer renewer;
  Introspector introspector;
  Revoker revoker;
};

ProviderApi::ProviderApi(HttpClient* http, const Clock* clock, EgressPolicy* egress,
                         absl::Duration timeout)
    : impl_(std::make_unique<Impl>(http, clock, egress, timeout)) {}

ProviderApi::~ProviderApi() = default;

Task<absl::StatusOr<AuthorizationRedirect>> ProviderApi::StartAuthorization(
    ProviderBinding binding, AuthorizationRequest request) {
  return impl_->authorizer.Start(std::move(binding), std::move(request));
}

Task<absl::Status> ProviderApi::CheckCallbackIssuer(ProviderBinding binding, std::string issuer) {
  if (binding.entry->issuer().empty()) co_return absl::OkStatus();
  absl::StatusOr<DiscoveryDocument> document = co_await impl_->discovery.Get(binding);
  if (!document.ok()) co_return document.status();
  if (IsCallbackIssuer(binding, *document, issuer)) co_return absl::OkStatus();
  co_return MakeError(v1::ERROR_REASON_CREDENTIAL_REJECTED,
                      "the callback does not come from the provider that was asked; begin again");
}

Task<absl::StatusOr<ProviderTokens>> ProviderApi::RedeemCode(ProviderBinding binding,
                                                             CodeRedemption redemption) {
  binding = ForClient(std::move(binding), redemption.client_id);
  return impl_->redeemer.Redeem(std::move(binding), std::move(redemption));
}

Task<absl::StatusOr<IdTokenClaims>> ProviderApi::VerifyIdToken(ProviderBinding binding,
                                                               Secret id_token, Secret nonce) {
  return impl_->verifier.Verify(std::move(binding), std::move(id_token), std::move(nonce));
}

Task<absl::StatusOr<IdTokenClaims>> ProviderApi::VerifyRenewedIdToken(ProviderBinding binding,
                                                                      Secret id_token) {
  return impl_->verifier.VerifyRenewed(std::move(binding), std::move(id_token));
}

Task<absl::Status> ProviderApi::PrepareRenewal(ProviderBinding binding) {
  return impl_->renewer.Prepare(std::move(binding));
}

Task<RenewalResult> ProviderApi::Renew(ProviderBinding binding, ProviderTokens current,
                                       absl::Time end_by) {
  binding = ForTokens(std::move(binding), current);
  return impl_->renewer.Renew(std::move(binding), std::move(current), end_by);
}

Task<ProfileResult> ProviderApi::FetchProfile(ProviderBinding binding, ProviderTokens tokens,
                                              std::string id_token_claims) {
  binding = ForClient(std::move(binding), tokens.client_id());
  return impl_->profiles.Fetch(std::move(binding), std::move(tokens), std::move(id_token_claims));
}

Task<IntrospectionResult> ProviderApi::Introspect(ProviderBinding binding, ProviderTokens tokens) {
  return impl_->introspector.Look(std::move(binding), std::move(tokens));
}

Task<absl::StatusOr<bool>> ProviderApi::Revoke(ProviderBinding binding, ProviderTokens tokens) {
  binding = ForClient(std::move(binding), tokens.client_id());
  return impl_->revoker.Revoke(std::move(binding), std::move(tokens));
}

}  // namespace evertoken
