#ifndef EVERTOKEN_SERVER_BROKER_KEEP_ALIVE_WORKER_H_
#define EVERTOKEN_SERVER_BROKER_KEEP_ALIVE_WORKER_H_

#include <atomic>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/metrics.h"
#include "server/base/task.h"
#include "server/broker/grant_tender.h"
#include "server/broker/keep_alive_share.h"
#include "server/broker/work_limiter.h"
#include "server/store/due_queue.h"

namespace evertoken {

// Tends the grants that are due, those first that have been due the longest. It goes round the shards of the queue whose number leaves
// `seat` when divided by `seats`: claims some grants of a shard, begins with all of them as fast as the rate allows, and lets the shard
// go, so that replicas share the work whoever came first. When nothing more is due it looks again every few seconds. What it claimed
// and did not live to tend comes back to the queue by itself. Belongs to one executor.
class KeepAliveWorker {
 public:
  struct Parts {
    Executor* executor = nullptr;
    DueQueue* due = nullptr;
    GrantTender* tender = nullptr;
    const Clock* clock = nullptr;
    Metrics* metrics = nullptr;
    std::function<double()> random;  // draws from [0, 1)
    KeepAliveShare share;
  };

  // All parts must outlive the worker and the work it has begun.
  explicit KeepAliveWorker(Parts parts);

  // Claimed grants are hidden, and shards of replicas that died are held, for so long.
  static constexpr absl::Duration kHold = absl::Minutes(1);
  // From one look at an idle queue to the next: between half of it and all.
  static constexpr absl::Duration kPoll = absl::Seconds(4);

  // Once. Nothing happens before a part of kPoll has passed.
  void Start();

  // Begins nothing more. On the executor.
  void Stop();

  // Claims and visits under way; a drain waits for zero. From any thread.
  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  void ScheduleRound(absl::Duration wait);
  Task<void> Round();
  // A claim of one shard and the beginning with what it gave. Whether there may be more.
  Task<absl::StatusOr<bool>> WorkOn(int shard);
  // Whether all of them began.
  Task<bool> BeginWith(DueClaim claim);
  Task<void> Visit(SlotKey key);
  void Note(int shard, const DueClaim& claim);
  absl::Duration PauseAfter(const absl::Status& failure);

  const Parts parts_;
  const std::string owner_;
  WorkLimiter limiter_;
  const int batch_;
  bool stopped_ = false;
  int failures_ = 0;                                        // of the store, in a row
  absl::Duration told_behind_ = -absl::InfiniteDuration();  // since boot
  std::atomic<int> in_flight_{0};
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_KEEP_ALIVE_WORKER_H_
