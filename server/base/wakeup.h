#ifndef EVERTOKEN_SERVER_BASE_WAKEUP_H_
#define EVERTOKEN_SERVER_BASE_WAKEUP_H_

#include <coroutine>
#include <utility>

#include "server/base/executor.h"

namespace evertoken {

// Lets one coroutine wait for the next signal, again and again. A signal that comes while nobody waits is remembered; more of them
// are one. Not thread-safe: belongs to the coroutine's executor, and must outlive its wait.
class Wakeup {
 public:
  Wakeup() = default;
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void Signal() {
    if (waiter_ == nullptr) {
      signalled_ = true;
      return;
    }
    Executor::Current()->Post([waiter = std::exchange(waiter_, nullptr)] { waiter.resume(); });
  }

  auto Wait() {
    struct Awaiter {
      Wakeup* wakeup;
      bool await_ready() const { return std::exchange(wakeup->signalled_, false); }
      void await_suspend(std::coroutine_handle<> handle) const { wakeup->waiter_ = handle; }
      void await_resume() const {}
    };
    return Awaiter{this};
  }

 private:
  bool signalled_ = false;
  std::coroutine_handle<> waiter_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_WAKEUP_H_
