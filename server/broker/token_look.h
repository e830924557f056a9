#ifndef EVERTOKEN_SERVER_BROKER_TOKEN_LOOK_H_
#define EVERTOKEN_SERVER_BROKER_TOKEN_LOOK_H_

#include "absl/status/status.h"
#include "server/base/clock.h"
#include "server/base/task.h"
#include "server/broker/grant_repository.h"
#include "server/broker/guarded_provider.h"
#include "server/broker/renewer.h"

namespace evertoken {

// Looks at a kept access token without a caller, see NextLook. Belongs to one executor.
class TokenLook {
 public:
  // All must outlive the object.
  TokenLook(GrantRepository* grants, GuardedProvider* provider, Renewer* renewer,
            const Clock* clock);

  // Renews nothing, unless the provider says that the token does not work; ends a grant only by a rule of the entry. OK: it was looked
  // at, which the grant records. STORE_UNAVAILABLE: it may not be recorded. Else nothing was learnt, and the error is why.
  Task<absl::Status> Look(const config::v1::App* app, ProviderBinding binding, LoadedGrant grant);

 private:
  GrantRepository* const grants_;
  GuardedProvider* const provider_;
  Renewer* const renewer_;
  const Clock* const clock_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_TOKEN_LOOK_H_
