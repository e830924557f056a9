#ifndef EVERTOKEN_SERVER_BASE_TASK_H_
#define EVERTOKEN_SERVER_BASE_TASK_H_

#include <coroutine>
#include <cstdlib>
#include <optional>
#include <utility>

#include "server/base/executor.h"

namespace evertoken {

// A lazily started coroutine with one awaiter.
//
//   Task<absl::StatusOr<int>> Twice(int x) { co_return 2 * x; }
//   Task<absl::StatusOr<int>> FourTimes(int x) {
//     absl::StatusOr<int> twice = co_await Twice(x);
//     if (!twice.ok()) co_return twice.status();
//     co_return co_await Twice(*twice);
//   }
//
// States: created -> running -> done. The awaiter starts the body (symmetric transfer, no stack growth) and is resumed, on the
// same thread, when the body ends. Destroying a Task that was not awaited destroys its frame. A Task is awaited at most once.
// A coroutine stays on the executor it was spawned on: everything that suspends it resumes it there (see OneShot).
//
// Two rules for authors. Parameters of a coroutine live as long as its frame only when taken by value; a reference must
// outlive the await. And `co_await` stands alone: as a whole statement, as an initialiser, or after `co_return`, with arguments
// that are named variables. GCC 12 destroys temporaries twice in braced arguments of an awaited call, and miscompiles
// co_await inside ?: and &&.
template <typename T>
class Task;

namespace task_internal {

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
    return done.promise().continuation;
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  // No exceptions cross our functions (style): one that does is a bug that must not be continued from.
  void unhandled_exception() const noexcept { std::abort(); }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value;

  Task<T> get_return_object();
  template <typename U = T>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T Take() { return *std::move(value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void Take() const noexcept {}
};

}  // namespace task_internal

template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = task_internal::Promise<T>;

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> handle;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
        handle.promise().continuation = awaiting;
        return handle;
      }
      T await_resume() { return handle.promise().Take(); }
    };
    return Awaiter{handle_};
  }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

namespace task_internal {

template <typename T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

// A coroutine that nobody awaits: it owns itself and is freed at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::abort(); }
  };
};

inline Detached RunDetached(Task<void> task) { co_await std::move(task); }

}  // namespace task_internal

// Runs `task` on `executor` without anyone waiting for it. Returns at once; the body starts from Post.
inline void Spawn(Executor* executor, Task<void> task) {
  executor->Post(
      [task = std::move(task)]() mutable { task_internal::RunDetached(std::move(task)); });
}

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_TASK_H_
