#ifndef EVERTOKEN_TESTS_RPC_HELD_EXECUTOR_H_
#define EVERTOKEN_TESTS_RPC_HELD_EXECUTOR_H_

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/base/executor.h"

namespace evertoken {

// Passes closures on to another executor, or keeps them back for as long as a test wants.
// Thread-safe.
class HeldExecutor final : public Executor {
 public:
  // `executor` must outlive the object.
  explicit HeldExecutor(Executor* executor) : executor_(executor) {}

  void Post(Closure closure) override {
    absl::MutexLock lock(&mutex_);
    if (holding_) {
      held_.push_back(std::move(closure));
    } else {
      executor_->Post(std::move(closure));
    }
  }

  TimerId RunAfter(absl::Duration delay, Closure closure) override {
    return executor_->RunAfter(delay, std::move(closure));
  }
  void CancelTimer(TimerId id) override { executor_->CancelTimer(id); }

  void Hold() {
    absl::MutexLock lock(&mutex_);
    holding_ = true;
  }

  // Waits until `count` closures are kept back.
  void AwaitHeld(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return held_.size() >= count; };
    mutex_.Await(absl::Condition(&enough));
  }

  // Lets everything go, what is kept back first.
  void Release() {
    absl::MutexLock lock(&mutex_);
    holding_ = false;
    for (Closure& closure : held_) executor_->Post(std::move(closure));
    held_.clear();
  }

 private:
  Executor* const executor_;
  absl::Mutex mutex_;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Closure> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_RPC_HELD_EXECUTOR_H_
