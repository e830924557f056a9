#ifndef EVERTOKEN_SERVER_HTTP_LAZY_TIMER_H_
#define EVERTOKEN_SERVER_HTTP_LAZY_TIMER_H_

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "server/base/event_loop.h"

namespace evertoken {

// A timer for somebody who sets it much more often than it fires, as curl does with every transfer. A timer of the kernel costs a
// system call each time it is moved; this one moves it only to an earlier time, and sets it again when it fires too early.
// Belongs to the loop's thread.
class LazyTimer {
 public:
  // `on_time` is called on the loop, never inside Set. The loop must outlive the timer.
  LazyTimer(EventLoop* loop, std::function<void()> on_time);
  ~LazyTimer();
  LazyTimer(const LazyTimer&) = delete;
  LazyTimer& operator=(const LazyTimer&) = delete;

  // Calls `on_time` once, `delay` from now, instead of at the time that was set before.
  void Set(absl::Duration delay);
  void Cancel();

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_HTTP_LAZY_TIMER_H_
