#ifndef EVERTOKEN_SERVER_BROKER_RESULT_RECOVERY_H_
#define EVERTOKEN_SERVER_BROKER_RESULT_RECOVERY_H_

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/metrics.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/grant_repository.h"
#include "server/broker/guarded_provider.h"
#include "server/broker/homecoming.h"
#include "server/broker/recent_results.h"
#include "server/broker/slot_lease.h"
#include "server/store/journal/result_journal.h"
#include "server/store/token_store.h"

namespace evertoken {

// Brings home what should be in the store and is not: the entries that an earlier process left in the journal, and results of this
// process that a failover of the store forgot. Belongs to one executor.
class ResultRecovery {
 public:
  struct Parts {
    Executor* executor = nullptr;
    TokenStore* store = nullptr;
    GrantRepository* grants = nullptr;
    GuardedProvider* provider = nullptr;
    ResultJournal* journal = nullptr;
    RecentResults* recent = nullptr;
    const AppRegistry* apps = nullptr;
    const Clock* clock = nullptr;
    LeaseTerms lease;
  };

  // All parts must outlive the object and the work it has begun.
  explicit ResultRecovery(Parts parts);

  // Begins with the entries, a few at a time, and goes on until all are done.
  void Replay(std::vector<ResultJournal::Entry> entries);

  // The store may have forgotten its last writes: its connection was lost. As soon as it answers again, looks at every recent result.
  void CheckRecent();

  // Results on their way. From any thread.
  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  struct Job {
    storage::v1::RenewedGrant renewed;
    std::optional<ResultJournal::EntryId> entry;  // nullopt: a recent result
  };
  struct Round {
    std::deque<Job> waiting;
    size_t left = 0;  // not done yet
    std::function<void()> on_end;
  };

  Task<void> CheckRecentWhenBack();
  void EndCheck();
  void Begin(std::deque<Job> jobs, std::function<void()> on_end);
  Task<void> Work(std::shared_ptr<Round> round);
  Task<void> BringHome(Job job);
  // A grant that the app ended stays ended.
  Task<void> EndAgain(SlotKey key, storage::v1::Grant ended);
  // Tokens without a grant are ended at the provider, where it still can be asked in the app's name.
  Task<void> Revoke(storage::v1::Grant homeless);

  const Parts parts_;
  // One look at the recent results at a time: a connection that comes and goes must not begin them all over again each time.
  bool checking_ = false;
  bool wanted_again_ = false;  // the store was lost once more after the present look had begun
  std::atomic<int> in_flight_{0};
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RESULT_RECOVERY_H_
