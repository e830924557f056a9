#ifndef EVERTOKEN_SERVER_BROKER_EVENT_WATCH_H_
#define EVERTOKEN_SERVER_BROKER_EVENT_WATCH_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/v1/token_service.pb.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/task.h"
#include "server/base/wakeup.h"
#include "server/broker/event_cursor.h"
#include "server/broker/event_sink.h"
#include "server/broker/event_tail.h"
#include "server/store/event_log.h"
#include "server/store/token_sealer.h"

namespace evertoken {

// One stream of WatchGrantEvents: tells an app what happened after its cursor and what happens from then on. Waits for its reader, for
// events and for a store that is away, each as long as it takes. One object, one run; belongs to one executor.
class EventWatch {
 public:
  // All must outlive the watch.
  struct Parts {
    Executor* executor = nullptr;
    EventTail* tail = nullptr;
    const TokenSealer* sealer = nullptr;
    const Clock* clock = nullptr;
  };

  EventWatch(Parts parts, std::string app, std::shared_ptr<EventSink> sink);
  ~EventWatch();

  // Ends with what the stream ends with: never OK, CANCELLED when nobody wants responses any more.
  Task<absl::Status> Run(std::string cursor);

  // A bookmark is sent when other apps' events are all that came for so long, or so many of them.
  static constexpr absl::Duration kBookmarkAfter = absl::Minutes(1);
  static constexpr int kBookmarkAfterEvents = 1000;

 private:
  // Shared with the sink's thread.
  struct Bell {
    Wakeup wakeup;
    bool closed = false;
  };

  Task<absl::StatusOr<EventPositions>> Begin(std::string cursor);
  Task<absl::Status> TellNews();
  // Tells of one shard's events; UNAVAILABLE as the log says it.
  Task<absl::Status> TellNewsOf(int shard);
  Task<absl::Status> Tell(StoredEvent event);
  // Sends a response with the cursor of where the watch is now.
  Task<absl::Status> Send(v1::WatchGrantEventsResponse response);
  bool BookmarkIsDue() const;

  const Parts parts_;
  const std::string app_;
  const std::shared_ptr<EventSink> sink_;
  const std::shared_ptr<Bell> bell_;
  EventPositions positions_;
  int passed_over_ = 0;  // other apps' events since the last response
  absl::Duration last_sent_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_EVENT_WATCH_H_
