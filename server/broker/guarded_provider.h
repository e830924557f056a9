#ifndef EVERTOKEN_SERVER_BROKER_GUARDED_PROVIDER_H_
#define EVERTOKEN_SERVER_BROKER_GUARDED_PROVIDER_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/task.h"
#include "server/broker/provider_guard.h"
#include "server/provider/provider_api.h"

namespace evertoken {

// The token calls at the two ends of a grant's life, behind the guard. What happens in between, renewals and profile calls, asks the
// guard by itself, because there the permit belongs into a larger order. Belongs to one executor.
class GuardedProvider {
 public:
  // All must outlive the object. `timeout`: how long a call waits for its turn at most.
  GuardedProvider(ProviderApi* providers, ProviderGuard* guard, const Clock* clock,
                  absl::Duration timeout);

  // `app` is the binding's. As ProviderApi, and the errors of ProviderGuard::Admit: then the provider was not asked, and the code is
  // unspent.
  Task<absl::StatusOr<storage::v1::ProviderTokens>> RedeemCode(const config::v1::App* app,
                                                               ProviderBinding binding,
                                                               CodeRedemption redemption);

  // As ProviderApi, and the errors of ProviderGuard::Admit.
  Task<IntrospectionResult> Introspect(const config::v1::App* app, ProviderBinding binding,
                                       storage::v1::ProviderTokens tokens,
                                       Priority priority = Priority::kCaller);

  // As ProviderApi. Waits for its turn a moment, and is never refused.
  Task<absl::StatusOr<bool>> Revoke(const config::v1::App* app, ProviderBinding binding,
                                    storage::v1::ProviderTokens tokens);

 private:
  Task<absl::StatusOr<ProviderGuard::Permit>> Admit(const config::v1::App* app,
                                                    ProviderBinding binding, ProviderCall call,
                                                    absl::Duration wait,
                                                    Priority priority = Priority::kCaller);

  ProviderApi* const providers_;
  ProviderGuard* const guard_;
  const Clock* const clock_;
  const absl::Duration timeout_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_GUARDED_PROVIDER_H_
