#ifndef EVERTOKEN_SERVER_PROVIDER_AUTHORIZATION_H_
#define EVERTOKEN_SERVER_PROVIDER_AUTHORIZATION_H_

#include "absl/status/statusor.h"
#include "server/base/task.h"
#include "server/provider/endpoints.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Makes authorization requests (RFC 6749 section 4.1.1). Belongs to one executor.
class Authorizer {
 public:
  // `endpoints` must outlive the object.
  explicit Authorizer(Endpoints* endpoints);

  // REQUEST_INVALID for scopes that cannot be scopes; PROVIDER_MISCONFIGURED for instance parameters that do not fit the entry.
  Task<absl::StatusOr<AuthorizationRedirect>> Start(ProviderBinding binding,
                                                    AuthorizationRequest request);

 private:
  Endpoints* const endpoints_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_AUTHORIZATION_H_
