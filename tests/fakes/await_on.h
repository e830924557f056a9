#ifndef EVERTOKEN_TESTS_FAKES_AWAIT_ON_H_
#define EVERTOKEN_TESTS_FAKES_AWAIT_ON_H_

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "server/base/executor.h"
#include "server/base/task.h"

namespace evertoken {
namespace await_on_internal {

template <typename T>
struct Result {
  std::optional<T> value;
  absl::Notification done;
};

template <typename T>
Task<void> Collect(Task<T> task, std::shared_ptr<Result<T>> result) {
  T value = co_await std::move(task);
  result->value.emplace(std::move(value));
  result->done.Notify();
}

inline void WaitOrDie(absl::Notification* done) {
  // Only a guard against hanging: no test's outcome depends on how long anything takes.
  if (done->WaitForNotificationWithTimeout(absl::Minutes(2))) return;
  std::fprintf(stderr, "AwaitOn: the task did not end\n");
  std::abort();
}

}  // namespace await_on_internal

// Runs a task on an executor with a thread of its own (an EventLoop) and waits for its result. Not to be called on it.
template <typename T>
T AwaitOn(Executor* executor, Task<T> task) {
  auto result = std::make_shared<await_on_internal::Result<T>>();
  Spawn(executor, await_on_internal::Collect(std::move(task), result));
  await_on_internal::WaitOrDie(&result->done);
  return *std::move(result->value);
}

// Runs a function on such an executor and waits for its end: for destroying what belongs to a loop, say.
template <typename Function>
void RunOn(Executor* executor, Function function) {
  auto done = std::make_shared<absl::Notification>();
  executor->Post([function = std::move(function), done]() mutable {
    function();
    done->Notify();
  });
  await_on_internal::WaitOrDie(done.get());
}

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_AWAIT_ON_H_
