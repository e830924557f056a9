#ifndef EVERTOKEN_SERVER_BROKER_EVENT_SINK_H_
#define EVERTOKEN_SERVER_BROKER_EVENT_SINK_H_

#include <functional>

#include "evertoken/v1/token_service.pb.h"
#include "server/base/task.h"

namespace evertoken {

// Where the responses of one watch go.
class EventSink {
 public:
  virtual ~EventSink() = default;

  // Resumes when the response is on its way and the next one may come, however long that takes. False: nobody wants any more.
  virtual Task<bool> Write(v1::WatchGrantEventsResponse response) = 0;

  // Calls `listener` once when nobody wants responses any more, on any thread; at once when that is so already. To be set once.
  virtual void SetCloseListener(std::function<void()> listener) = 0;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_EVENT_SINK_H_
