#ifndef EVERTOKEN_SERVER_STORE_EVENT_LOG_H_
#define EVERTOKEN_SERVER_STORE_EVENT_LOG_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/task.h"

namespace evertoken {

// The place of an event in its shard. Later events have greater positions; {0, 0} is before the first one. The fields have no
// other meaning.
struct EventPosition {
  uint64_t time = 0;
  uint64_t sequence = 0;

  friend auto operator<=>(const EventPosition&, const EventPosition&) = default;
};

struct StoredEvent {
  EventPosition position;
  std::string app;
  std::string record;
};

// The answer to Read.
struct EventBatch {
  // In order.
  std::vector<StoredEvent> events;
  // Whether there were events after the position asked for, and before the ones given, that are kept no more; also when the log can
  // tell that the position is not one of its own: another store was here before.
  bool lost = false;
  // Of the shard's newest event, the end of what there is to read now; {0, 0}: there never was one.
  EventPosition newest;
};

// What GrantWrite::events appended: the newest of them, a bounded number. The events of one grant are in one shard, in the order of
// the writes; shards are not ordered among each other.
//
// Errors and threads as in TokenStore.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Shards are numbered from 0.
  virtual int shards() const = 0;

  // Up to `limit` (1 to kLargestBatch) events after a position.
  virtual Task<absl::StatusOr<EventBatch>> Read(int shard, EventPosition after, int limit) = 0;

  // Resumes when there may be events that the caller's last Read of each shard did not show; after `at_most` in any case. A hint,
  // as TokenStore::AwaitChange.
  virtual Task<void> AwaitEvents(absl::Duration at_most) = 0;

  static constexpr int kLargestBatch = 1000;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_EVENT_LOG_H_
