#ifndef EVERTOKEN_SERVER_BROKER_RECENT_RESULTS_H_
#define EVERTOKEN_SERVER_BROKER_RECENT_RESULTS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/broker/grant_repository.h"

namespace evertoken {

// What a process wrote lately, by slot. One for all its loops, because a grant is not renewed on one loop only: callers come to the loop
// of its token, and who renews without a caller is on the loop of its shard. Thread-safe.
class ResultIndex {
 public:
  // The newest of the slot; gives its number.
  uint64_t Put(const LoadedGrant& written);
  // Null: there is none.
  std::shared_ptr<const GrantSnapshot> Get(const SlotKey& key) const;
  // The same if it is the one of this number; and forgets that one.
  std::shared_ptr<const GrantSnapshot> Get(const SlotKey& key, uint64_t number) const;
  void Drop(const SlotKey& key, uint64_t number);

 private:
  struct Result {
    uint64_t number;
    std::shared_ptr<const GrantSnapshot> snapshot;
  };

  mutable absl::Mutex mutex_;
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<SlotKey, Result> results_ ABSL_GUARDED_BY(mutex_);
};

// What this loop wrote lately and must not be lost: renewed tokens and ended grants. A store whose failover forgets its last
// writes gets them back from here (rule 2). Bounded in time and number; the oldest go first. Belongs to one executor.
class RecentResults {
 public:
  // `capacity` 0: nothing is remembered, for stores that forget nothing. `index`: of the process; must outlive this.
  RecentResults(const Clock* clock, size_t capacity, ResultIndex* index);
  ~RecentResults();
  RecentResults(const RecentResults&) = delete;
  RecentResults& operator=(const RecentResults&) = delete;

  void Remember(const LoadedGrant& written);

  // What any loop of the process remembers of this slot and is missing in `read`; null: nothing.
  std::shared_ptr<const GrantSnapshot> MissingIn(const LoadedGrant& read);

  // Everything that this loop remembers.
  std::vector<LoadedGrant> All();

  // Longer than any failover takes.
  static constexpr absl::Duration kWindow = absl::Minutes(5);

 private:
  struct Mark {
    absl::Duration written;  // own time since boot
    SlotKey key;
    uint64_t number;
  };

  void DropOld();

  const Clock* const clock_;
  const size_t capacity_;
  ResultIndex* const index_;
  std::deque<Mark> marks_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RECENT_RESULTS_H_
