#ifndef EVERTOKEN_SERVER_BASE_EVENT_LOOP_H_
#define EVERTOKEN_SERVER_BASE_EVENT_LOOP_H_

#include <memory>
#include <string>

#include "server/base/executor.h"

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace evertoken {

// An executor with a thread and sockets: one Asio io_context, run by one thread from construction to Stop. With SystemClock the
// only place that knows real time (steady, for timers).
class EventLoop final : public Executor {
 public:
  // `name` is the thread's name in the process list, at most 15 characters.
  explicit EventLoop(const std::string& name);
  ~EventLoop() override;  // stops
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void Post(Closure closure) override;
  TimerId RunAfter(absl::Duration delay, Closure closure) override;
  void CancelTimer(TimerId id) override;

  // Ends the thread after the closure that is running; what is queued is dropped, and coroutines that wait are neither resumed
  // nor freed: drain first. Not from the loop itself.
  void Stop();

  // For sockets. Handlers of sockets run on the loop's thread, but not as its current executor: they Post what awaits.
  boost::asio::io_context& io_context();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_EVENT_LOOP_H_
