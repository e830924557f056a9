#ifndef EVERTOKEN_SERVER_PROVIDER_ENDPOINTS_H_
#define EVERTOKEN_SERVER_PROVIDER_ENDPOINTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/base/task.h"
#include "server/http/egress_policy.h"
#include "server/provider/client_authentication.h"
#include "server/provider/discovery.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Where to call a provider and how to prove ourselves: what the catalogue entry says, else what discovery says. Discovery is asked
// only when the entry leaves something open. Belongs to one executor.
class Endpoints {
 public:
  // All must outlive the object.
  Endpoints(Discovery* discovery, EgressPolicy* egress);

  // PROVIDER_MISCONFIGURED when neither entry nor discovery names one.
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

  // Basic, post or none.
  Task<absl::StatusOr<ClientAuthenticationKind>> Authentication(ProviderBinding binding);

  Task<absl::StatusOr<bool>> WantsPkce(ProviderBinding binding);

 private:
  using Member = std::string DiscoveryDocument::*;
  Task<absl::StatusOr<std::string>> Resolve(ProviderBinding binding, std::string url,
                                            Member member);

  Discovery* const discovery_;
  EgressPolicy* const egress_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_ENDPOINTS_H_
