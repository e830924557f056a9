#ifndef EVERTOKEN_SERVER_PROVIDER_ID_TOKEN_VERIFIER_H_
#define EVERTOKEN_SERVER_PROVIDER_ID_TOKEN_VERIFIER_H_

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/secret.h"
#include "server/base/task.h"
#include "server/provider/discovery.h"
#include "server/provider/document_cache.h"
#include "server/provider/jws.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Verifies ID tokens by the keys that discovery names. Belongs to one executor.
//
// The algorithm is held against the entry's list before any key is looked at, and the key against the algorithm before it is used:
// so neither `none` nor an HMAC under the public key gets as far as a signature check. HS256, by the client secret, stands alone in an
// entry's list; where it does, no public key is ever looked at. A signature that no kept key explains makes
// the keys be read again: keys may be changed at any moment, so this does not wait; but only once a minute, so that forged tokens
// cannot make us hammer the provider.
class IdTokenVerifier {
 public:
  // All must outlive the object.
  IdTokenVerifier(const Clock* clock, Discovery* discovery, DocumentCache* documents);

  Task<absl::StatusOr<IdTokenClaims>> Verify(ProviderBinding binding, Secret id_token,
                                             Secret nonce);

  // Of a token that came straight from the token endpoint with renewed tokens. While the provider's keys cannot be read, TLS stands for
  // the signature, as OpenID Connect Core 1.0 section 3.1.3.7 (6) allows, and the claims are checked all the same: the tokens are
  // renewed and cannot be had again.
  Task<absl::StatusOr<IdTokenClaims>> VerifyRenewed(ProviderBinding binding, Secret id_token);

 private:
  enum class WithoutKeys { kRefuse, kTrustTls };

  Task<absl::StatusOr<IdTokenClaims>> Verify(ProviderBinding binding, Secret id_token, Secret nonce,
                                             WithoutKeys without_keys);
  // Reads keys anew when those at hand do not fit.
  Task<absl::Status> VerifySignature(ProviderBinding binding, std::string jwks_uri, ParsedJws jws,
                                     Secret id_token);
  // The same, where new tokens may make do without keys.
  Task<absl::Status> VerifyByKeys(ProviderBinding binding, std::string jwks_uri, ParsedJws jws,
                                  Secret id_token, WithoutKeys without_keys);

  const Clock* const clock_;
  Discovery* const discovery_;
  DocumentCache* const documents_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_ID_TOKEN_VERIFIER_H_
