#ifndef EVERTOKEN_SERVER_BASE_ONE_SHOT_H_
#define EVERTOKEN_SERVER_BASE_ONE_SHOT_H_

#include <atomic>
#include <coroutine>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/base/executor.h"
#include "server/base/task.h"

namespace evertoken {

// Turns a callback into something to await: one value, set once from any thread, awaited once by a coroutine, which is resumed
// by Post on its own executor.
//
//   OneShot<int> answer;
//   AskSomebody([setter = answer.setter()](int x) mutable { setter.Set(x); });
//   int x = co_await std::move(answer).Wait();
//
// A setter that is destroyed without Set leaves the coroutine waiting for ever: whoever takes a setter owes an answer.
template <typename T>
class OneShot {
  struct State {
    // The order of Set and await decides who resumes: whoever comes second.
    enum : int { kEmpty, kSet, kWaiting };
    std::atomic<int> phase{kEmpty};
    std::optional<T> value;
    std::coroutine_handle<> waiter;
    Executor* executor = nullptr;
  };

 public:
  class Setter {
   public:
    void Set(T value) {
      state_->value.emplace(std::move(value));
      if (state_->phase.exchange(State::kSet, std::memory_order_acq_rel) == State::kWaiting) {
        // Keeps the state alive until the waiter has run.
        Executor* executor = state_->executor;
        executor->Post([state = std::move(state_)] { state->waiter.resume(); });
      }
    }

   private:
    friend OneShot;
    explicit Setter(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  OneShot() : state_(std::make_shared<State>()) {}

  Setter setter() const { return Setter(state_); }

  auto Wait() && {
    struct Awaiter {
      std::shared_ptr<State> state;
      bool await_ready() const {
        return state->phase.load(std::memory_order_acquire) == State::kSet;
      }
      bool await_suspend(std::coroutine_handle<> handle) {
        state->waiter = handle;
        state->executor = Executor::Current();
        return state->phase.exchange(State::kWaiting, std::memory_order_acq_rel) != State::kSet;
      }
      T await_resume() { return *std::move(state->value); }
    };
    return Awaiter{std::move(state_)};
  }

 private:
  std::shared_ptr<State> state_;
};

// One value for many waiters, all of one executor. Waiters that come after Set get the value at once.
// Not thread-safe: belongs to one executor.
template <typename T>
class Broadcast {
 public:
  Broadcast() : state_(std::make_shared<State>()) {}

  bool is_set() const { return state_->value.has_value(); }

  void Set(T value) {
    state_->value.emplace(std::move(value));
    for (std::coroutine_handle<> waiter : std::exchange(state_->waiters, {})) {
      Executor::Current()->Post([state = state_, waiter] { waiter.resume(); });
    }
  }

  auto Wait() const {
    struct Awaiter {
      std::shared_ptr<State> state;
      bool await_ready() const { return state->value.has_value(); }
      void await_suspend(std::coroutine_handle<> handle) { state->waiters.push_back(handle); }
      T await_resume() const { return *state->value; }
    };
    return Awaiter{state_};
  }

 private:
  struct State {
    std::optional<T> value;
    std::vector<std::coroutine_handle<>> waiters;
  };
  std::shared_ptr<State> state_;
};

// Suspends the calling coroutine for `delay` of its executor's time. (Not SleepFor: the lookup would find Abseil's, which blocks.)
inline auto Delay(absl::Duration delay) {
  struct Awaiter {
    absl::Duration delay;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) const {
      Executor::Current()->RunAfter(delay, [handle] { handle.resume(); });
    }
    void await_resume() const {}
  };
  return Awaiter{delay};
}

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_ONE_SHOT_H_
