#ifndef EVERTOKEN_SERVER_PROVIDER_ENDPOINTS_H_
#define EVERTOKEN_SERVER_PROVIDER_ENDPOINTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/base/task.h"
#include "server/http/egress_policy.h"
#include "server/provider/binding_values.h"
#include "server/provider/client_authentication.h"
#include "server/provider/discovery.h"
#include "server/provider/provider_types.h"
#include "server/provider/secret_jwt.h"

namespace evertoken {

// Where to call a provider and how to prove ourselves: what the catalogue entry says, else what discovery says. Discovery is asked
// only when the entry leaves something open. Belongs to one executor.
class Endpoints {
 public:
  // All must outlive the object. Without `secrets` entries with `jwt_as_secret` cannot be used.
  Endpoints(Discovery* discovery, EgressPolicy* egress, SecretJwtSigner* secrets = nullptr);

  // PROVIDER_MISCONFIGURED when neither entry nor discovery names one. Authorization: PROVIDER_DISABLED where no login begins here.
  Task<absl::StatusOr<std::string>> Authorization(ProviderBinding binding);
  Task<absl::StatusOr<std::string>> Token(ProviderBinding binding);
  Task<absl::StatusOr<std::string>> Userinfo(ProviderBinding binding);

  // Empty when the provider has none.
  Task<absl::StatusOr<std::string>> Revocation(ProviderBinding binding,
                                               storage::v1::ProviderTokens tokens);

  // A URL of the entry, expanded; its origin is permitted from then on. PROVIDER_REPLY_INVALID when a reply named a host that is not
  // among the entry's `reply_hosts`.
  absl::StatusOr<std::string> Expand(const ProviderBinding& binding, const std::string& url,
                                     const storage::v1::ProviderTokens* tokens);
  absl::StatusOr<std::string> Expand(const ProviderBinding& binding, const std::string& url,
                                     const BindingValues& values);

  // How the client proves itself at the token endpoint. PROVIDER_MISCONFIGURED when the client's key cannot sign.
  Task<absl::StatusOr<ClientProof>> Authentication(ProviderBinding binding);

  Task<absl::StatusOr<bool>> WantsPkce(ProviderBinding binding);

 private:
  using Member = std::string DiscoveryDocument::*;
  Task<absl::StatusOr<std::string>> Resolve(ProviderBinding binding, std::string url,
                                            Member member);

  Discovery* const discovery_;
  EgressPolicy* const egress_;
  SecretJwtSigner* const secrets_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_ENDPOINTS_H_
