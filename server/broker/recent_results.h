#ifndef EVERTOKEN_SERVER_BROKER_RECENT_RESULTS_H_
#define EVERTOKEN_SERVER_BROKER_RECENT_RESULTS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/broker/grant_repository.h"

namespace evertoken {

// What this process wrote lately and must not be lost: renewed tokens and ended grants. A store whose failover forgets its last
// writes gets them back from here (rule 2). Bounded in time and number; the oldest go first. Belongs to one executor.
class RecentResults {
 public:
  // `capacity` 0: nothing is remembered, for stores that forget nothing.
  RecentResults(const Clock* clock, size_t capacity);

  void Remember(const LoadedGrant& written);

  // What was remembered of this slot and is missing in `read`; null: nothing.
  std::shared_ptr<const GrantSnapshot> MissingIn(const LoadedGrant& read);

  // Everything that is remembered.
  std::vector<LoadedGrant> All();

  // Longer than any failover takes.
  static constexpr absl::Duration kWindow = absl::Minutes(5);

 private:
  struct Mark {
    absl::Duration written;  // own time since boot
    SlotKey key;
    uint64_t number;
  };
  struct Result {
    uint64_t number;  // of its mark: earlier marks of the slot mean nothing any more
    std::shared_ptr<const GrantSnapshot> snapshot;
  };

  void DropOld();

  const Clock* const clock_;
  const size_t capacity_;
  std::deque<Mark> marks_;
  absl::flat_hash_map<SlotKey, Result> results_;
  uint64_t last_number_ = 0;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RECENT_RESULTS_H_
