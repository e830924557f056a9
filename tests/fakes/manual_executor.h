#ifndef EVERTOKEN_TESTS_FAKES_MANUAL_EXECUTOR_H_
#define EVERTOKEN_TESTS_FAKES_MANUAL_EXECUTOR_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/executor.h"
#include "server/base/task.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {

// An executor in virtual time: closures run inside RunUntilIdle, Advance and Await, on the thread that calls these, and
// nowhere else. A timer is due when the clock says so, also when the test moved the clock itself.
//
//   FakeClock clock;
//   ManualExecutor executor(&clock);
//   EXPECT_THAT(executor.Await(broker.CheckStore()), IsOk());
//
//   auto refreshed = executor.Start(broker.RefreshToken(caller, request));
//   executor.Advance(absl::Seconds(3));
//   EXPECT_FALSE(refreshed->has_value());
class ManualExecutor final : public Executor {
 public:
  // `clock` must outlive the executor.
  explicit ManualExecutor(FakeClock* clock) : clock_(clock) {}

  void Post(Closure closure) override;
  TimerId RunAfter(absl::Duration delay, Closure closure) override;
  void CancelTimer(TimerId id) override;

  // Runs what was posted, and what that posts, and the timers that are due, until nothing is left to do now.
  void RunUntilIdle();

  // Lets `duration` pass: runs until idle, moves the clock to each timer that falls due and fires it, and so on in order.
  void Advance(absl::Duration duration);

  // Timers that have not fired.
  size_t pending_timers() const;

  // Starts a task, without running it yet; the result appears in what is returned.
  template <typename T>
  std::shared_ptr<std::optional<T>> Start(Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    Spawn(this, Collect(std::move(task), result));
    return result;
  }

  // Runs a task to its end and gives its result. While it waits for timers, time passes as far as the next one. Ends the test
  // program with a message when the task waits for something that cannot come, or for more than kPatience.
  template <typename T>
  T Await(Task<T> task) {
    std::shared_ptr<std::optional<T>> result = Start(std::move(task));
    RunUntil([&result] { return result->has_value(); });
    return *std::move(*result);
  }
  void Await(Task<void> task);

  static constexpr absl::Duration kPatience = absl::Hours(1);

 private:
  struct Timer {
    TimerId id;
    Closure closure;
  };

  template <typename T>
  static Task<void> Collect(Task<T> task, std::shared_ptr<std::optional<T>> result) {
    T value = co_await std::move(task);
    result->emplace(std::move(value));
  }
  static Task<void> CollectVoid(Task<void> task, bool* done);

  void RunUntil(absl::FunctionRef<bool()> done);
  // The next thing to do at the clock's present time; null: idle.
  Closure TakeNext();
  std::optional<absl::Time> NextDue() const;

  FakeClock* const clock_;
  mutable absl::Mutex mutex_;
  std::deque<Closure> posted_ ABSL_GUARDED_BY(mutex_);
  std::multimap<absl::Time, Timer> timers_ ABSL_GUARDED_BY(mutex_);  // equal times stay in order
  TimerId next_timer_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_MANUAL_EXECUTOR_H_
