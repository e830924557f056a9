#ifndef EVERTOKEN_SERVER_BROKER_EVENT_TAIL_H_
#define EVERTOKEN_SERVER_BROKER_EVENT_TAIL_H_

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/executor.h"
#include "server/base/task.h"
#include "server/base/wakeup.h"
#include "server/broker/event_cursor.h"
#include "server/store/event_log.h"

namespace evertoken {

// The newest events of all apps in one loop's memory, read from the log once for all watchers of the loop. Asks the log for news only
// while somebody watches, and not more often than kPause. Belongs to one executor.
class EventTail {
 public:
  // Both must outlive the tail.
  EventTail(Executor* executor, EventLog* log);

  // From Join to Leave `watcher` is signalled when there may be more to read, and at least every kPoll.
  void Join(Wakeup* watcher);
  void Leave(Wakeup* watcher);

  int shards() const { return log_->shards(); }

  // Where a watcher stands that begins now; it may be a moment ago. The log's error when it cannot be known.
  Task<absl::StatusOr<EventPositions>> Newest();

  // As EventLog::Read, but from memory where that has what is asked for.
  Task<absl::StatusOr<EventBatch>> Read(int shard, EventPosition after, int limit);

  // Whether it still follows the log: for a moment after the last watcher left. From any thread.
  bool following() const { return following_; }

  static constexpr absl::Duration kPoll = absl::Seconds(1);
  static constexpr absl::Duration kPause = absl::Milliseconds(50);
  // Events kept, over all shards.
  static constexpr size_t kKept = 8192;

 private:
  struct Shard {
    bool known = false;   // false: nothing else is
    EventPosition begin;  // `events` are all that came after it, until `end`
    EventPosition end;
    std::deque<StoredEvent> events;
  };
  struct Round;

  Task<void> Follow();
  // Asks for the news of all shards at once. Whether some have more.
  Task<absl::StatusOr<bool>> ReadNews();
  Task<void> ReadNewsOf(int shard, std::shared_ptr<Round> round);
  void Append(Shard* shard, EventBatch batch) const;

  Executor* const executor_;
  EventLog* const log_;
  std::vector<Shard> shards_;
  absl::flat_hash_set<Wakeup*> watchers_;
  std::atomic<bool> following_{false};
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_EVENT_TAIL_H_
