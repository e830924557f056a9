#ifndef EVERTOKEN_SERVER_BASE_EXECUTOR_H_
#define EVERTOKEN_SERVER_BASE_EXECUTOR_H_

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace evertoken {

// Runs closures one after another on one thread: the place a coroutine lives on. EventLoop is the real one; tests use one
// that runs by hand in virtual time.
//
// Post and RunAfter may be called from any thread; closures run in the order of Post, never inside Post.
class Executor {
 public:
  using Closure = absl::AnyInvocable<void()>;
  using TimerId = uint64_t;

  virtual ~Executor() = default;

  virtual void Post(Closure closure) = 0;

  // Runs `closure` once after `delay` (zero or less: as soon as possible).
  virtual TimerId RunAfter(absl::Duration delay, Closure closure) = 0;

  // Drops a timer that has not fired. To be called on this executor; an unknown id is ignored.
  virtual void CancelTimer(TimerId id) = 0;

  // The executor whose closure is running on this thread; null outside.
  static Executor* Current();

 protected:
  // Marks the executor as current for a scope; implementations wrap the running of closures in it.
  class ScopedCurrent {
   public:
    explicit ScopedCurrent(Executor* executor);
    ~ScopedCurrent();
    ScopedCurrent(const ScopedCurrent&) = delete;
    ScopedCurrent& operator=(const ScopedCurrent&) = delete;

   private:
    Executor* const previous_;
  };
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_EXECUTOR_H_
