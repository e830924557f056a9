#ifndef EVERTOKEN_SERVER_BROKER_RENEWER_H_
#define EVERTOKEN_SERVER_BROKER_RENEWER_H_

#include <atomic>
#include <memory>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/metrics.h"
#include "server/base/one_shot.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/grant_repository.h"
#include "server/broker/provider_guard.h"
#include "server/broker/renewal_attempt.h"
#include "server/provider/provider_api.h"
#include "server/store/token_store.h"

namespace evertoken {

// Renews a grant's provider tokens so that no refresh token is ever spent twice and no answer is lost. ARCHITECTURE.md has the whole
// protocol; what happens under the lease is RenewalAttempt's.
//
// In one process there is one attempt per slot; whoever comes meanwhile gets its result, success or failure. When the attempt has to
// wait for the store, those who wait are told so at once; who comes later hears the same until it is done.
//
// Belongs to one executor.
class Renewer {
 public:
  struct Parts {
    Executor* executor = nullptr;
    TokenStore* store = nullptr;
    GrantRepository* grants = nullptr;
    ProviderApi* providers = nullptr;
    ResultJournal* journal = nullptr;
    RecentResults* recent = nullptr;
    ProviderGuard* guard = nullptr;
    const AppRegistry* apps = nullptr;
    const Clock* clock = nullptr;
    Metrics* metrics = nullptr;
    absl::Duration provider_timeout;
    absl::Duration store_timeout;
  };

  using Result = absl::StatusOr<RenewalAttempt::Outcome>;

  // All parts must outlive the renewer and the work it has begun.
  explicit Renewer(Parts parts);

  // Renews `grant`, or joins the renewal of it that is under way. The work goes on when the awaiting coroutine is gone.
  Task<Result> Renew(RequestContext context, ProviderBinding binding, LoadedGrant grant,
                     RenewalAttempt::Cause cause);

  // The same for a grant that is due, by who has the permit to ask the provider already: nobody who joins shall wait in line with
  // renewals that have no caller.
  Task<Result> RenewDue(RequestContext context, ProviderBinding binding, LoadedGrant grant,
                        ProviderGuard::Permit permit);

  // Attempts under way. From any thread.
  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  using Flight = Broadcast<Result>;

  // The flight for the grant's slot; begins one if there is none.
  std::shared_ptr<Flight> Join(RequestContext context, ProviderBinding binding, LoadedGrant grant,
                               RenewalAttempt::Cause cause,
                               std::optional<ProviderGuard::Permit> permit);
  // One attempt and the telling of its result.
  Task<void> Fly(RequestContext context, ProviderBinding binding, LoadedGrant grant,
                 RenewalAttempt::Cause cause, std::optional<ProviderGuard::Permit> permit,
                 std::shared_ptr<Flight> flight);
  // Verifies the ID token that came with new tokens; only after these are safe, because keys may have to be read. When it is proven to be
  // wrong, nobody gets to use the tokens any more. A crash before that leaves them to TLS and to what was judged at hand.
  Task<Result> Judge(RequestContext context, ProviderBinding binding, Result result);

  const Parts parts_;
  absl::flat_hash_map<SlotKey, std::shared_ptr<Flight>> flights_;
  std::atomic<int> in_flight_{0};
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RENEWER_H_
