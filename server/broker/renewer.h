#ifndef EVERTOKEN_SERVER_BROKER_RENEWER_H_
#define EVERTOKEN_SERVER_BROKER_RENEWER_H_

#include <atomic>
#include <memory>

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
#include "server/broker/renewal_attempt.h"
#include "server/provider/provider_api.h"
#include "server/store/token_store.h"

namespace evertoken {

// Renews a grant's provider tokens so that no refresh token is ever spent twice and no answer is lost while this process lives.
//
// A slot is in one of these states:
//
//   idle     no lease. BeginRenewal: -> leased.
//   leased   one attempt holds the lease and its fence is the newest; the attempt stands in the slot. The holder keeps the lease
//            alive while it asks the provider.   CommitRenewal / AbandonRenewal: -> idle.   Lease runs out: -> orphaned.
//   orphaned an attempt is open and nobody holds a lease: its holder crashed or hangs. BeginRenewal: -> leased, and the new
//            holder settles the open attempt by the provider's lost_response_policy before it does anything else.
//
// What always holds:
//   - A refresh token is sent only between BeginRenewal (which proved that the store can be written) and the end of the lease.
//   - Whatever the provider answered is committed under the fence and the version before anybody is told.
//   - A commit that the store cannot take is offered again until it takes it or refuses the fence. Until then this process starts no
//     other attempt for the slot.
//   - A holder whose fence is refused takes its new tokens home under a new lease, where the slot still holds the token they replace
//     or where the store's failover forgot it; never over newer ones. A failure of such a holder is not written.
//   - What is not answered stays open in the slot until an answer settles it: a success, or a refusal, which is then AMBIGUOUS,
//     because the token may have been spent. A 5xx settles nothing and ends nothing.
//   - In one process there is one attempt per slot; whoever comes meanwhile gets its result, success or failure.
//
// Belongs to one executor.
class Renewer {
 public:
  struct Parts {
    Executor* executor = nullptr;
    TokenStore* store = nullptr;
    GrantRepository* grants = nullptr;
    ProviderApi* providers = nullptr;
    const AppRegistry* apps = nullptr;
    const Clock* clock = nullptr;
    Metrics* metrics = nullptr;
  };

  using Result = absl::StatusOr<RenewalAttempt::Outcome>;

  // All parts must outlive the renewer and the work it has begun.
  explicit Renewer(Parts parts);

  // Renews `grant`, or joins the renewal of it that is under way. The work goes on when the awaiting coroutine is gone.
  Task<Result> Renew(RequestContext context, ProviderBinding binding, LoadedGrant grant,
                     RenewalAttempt::Cause cause);

  // Attempts under way. From any thread.
  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  using Flight = Broadcast<Result>;

  // One attempt and the telling of its result.
  Task<void> Fly(RequestContext context, ProviderBinding binding, LoadedGrant grant,
                 RenewalAttempt::Cause cause, std::shared_ptr<Flight> flight);
  // What is judged only after the new tokens are safe: whether they are usable, and of the user who signed in. When not, nobody
  // gets to use them.
  Task<Result> Judge(RequestContext context, ProviderBinding binding, Result result);
  // OK; PROVIDER_REPLY_INVALID for what is proven to be wrong; other errors where nothing can be proven now.
  Task<absl::Status> CheckNewTokens(ProviderBinding binding, LoadedGrant before, LoadedGrant after);

  const Parts parts_;
  absl::flat_hash_map<SlotKey, std::shared_ptr<Flight>> flights_;
  std::atomic<int> in_flight_{0};
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RENEWER_H_
