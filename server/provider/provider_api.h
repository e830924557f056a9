#ifndef EVERTOKEN_SERVER_PROVIDER_PROVIDER_API_H_
#define EVERTOKEN_SERVER_PROVIDER_PROVIDER_API_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/task.h"
#include "server/http/egress_policy.h"
#include "server/http/http_client.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Everything that is said to providers, driven by the catalogue entry. Errors carry an ErrorReason by the entry's rules; a
// provider's words never get into them. Owned by one executor; discovery documents and keys are cached inside.
class ProviderApi {
 public:
  // All must outlive the object. `egress` learns the origins that discovery names.
  ProviderApi(HttpClient* http, const Clock* clock, EgressPolicy* egress, absl::Duration timeout);
  ~ProviderApi();

  Task<absl::StatusOr<AuthorizationRedirect>> StartAuthorization(ProviderBinding binding,
                                                                 AuthorizationRequest request);

  // Whether the callback came from this provider, by what it said in `iss` (empty: nothing). CREDENTIAL_REJECTED when it said
  // another issuer, or none although discovery promises one (RFC 9207 section 2.4). OK for entries without an issuer.
  Task<absl::Status> CheckCallbackIssuer(ProviderBinding binding, std::string issuer);

  // Swaps a code for tokens, the entry's second exchange included. CREDENTIAL_REJECTED when the provider refuses the code.
  Task<absl::StatusOr<storage::v1::ProviderTokens>> RedeemCode(ProviderBinding binding,
                                                               CodeRedemption redemption);

  // Checks signature, issuer, audience and authorised party (the app's client, or one of its native ones), expiry, issue time and nonce (empty: none expected).
  // PROVIDER_REPLY_INVALID with what failed. An unknown key id makes it read the keys again, at most once a minute.
  Task<absl::StatusOr<IdTokenClaims>> VerifyIdToken(ProviderBinding binding, Secret id_token,
                                                    Secret nonce);

  // The same for an ID token that just came with renewed tokens, without a nonce. While the provider's keys cannot be read, the claims
  // alone are checked, see IdTokenVerifier.
  Task<absl::StatusOr<IdTokenClaims>> VerifyRenewedIdToken(ProviderBinding binding,
                                                           Secret id_token);

  // Reads what Renew needs to know beforehand (discovery), so that no time is lost to it once a token may be sent.
  Task<absl::Status> PrepareRenewal(ProviderBinding binding);

  // Renews by the entry's `renewal`. Judges nothing beyond the reply itself: no ID token check, no profile call. The token is sent
  // only while there is time, and the answer waited for only, until `end_by`.
  Task<RenewalResult> Renew(ProviderBinding binding, storage::v1::ProviderTokens current,
                            absl::Time end_by);

  // Makes the entry's profile calls. `id_token_claims` (JSON, may be empty) serve mappings that name `id_token:`.
  Task<ProfileResult> FetchProfile(ProviderBinding binding, storage::v1::ProviderTokens tokens,
                                   std::string id_token_claims);

  // Looks at an access token by the entry's `introspection`, which must be there. Whether it was made for one of the app's clients is part
  // of what is judged.
  Task<IntrospectionResult> Introspect(ProviderBinding binding, storage::v1::ProviderTokens tokens);

  // Ends the grant at the provider. False: the entry has no way to.
  Task<absl::StatusOr<bool>> Revoke(ProviderBinding binding, storage::v1::ProviderTokens tokens);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROVIDER_API_H_
