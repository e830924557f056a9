#include "tests/fakes/manual_executor.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace evertoken {

void ManualExecutor::Post(Closure closure) {
  absl::MutexLock lock(&mutex_);
  posted_.push_back(std::move(closure));
}

Executor::TimerId ManualExecutor::RunAfter(absl::Duration delay, Closure closure) {
  const absl::Time due = clock_->Now() + std::max(delay, absl::ZeroDuration());
  absl::MutexLock lock(&mutex_);
  const TimerId id = next_timer_++;
  timers_.emplace(due, Timer{id, std::move(closure)});
  return id;
}

void ManualExecutor::CancelTimer(TimerId id) {
  Closure dropped;  // destroyed outside the lock: it may own what calls us
  absl::MutexLock lock(&mutex_);
  const auto timer = std::find_if(timers_.begin(), timers_.end(),
                                  [id](auto& entry) { return entry.second.id == id; });
  if (timer == timers_.end()) return;
  dropped = std::move(timer->second.closure);
  timers_.erase(timer);
}

Executor::Closure ManualExecutor::TakeNext() {
  const absl::Time now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  Closure next;
  if (!posted_.empty()) {
    next = std::move(posted_.front());
    posted_.pop_front();
  } else if (!timers_.empty() && timers_.begin()->first <= now) {
    next = std::move(timers_.begin()->second.closure);
    timers_.erase(timers_.begin());
  }
  return next;
}

void ManualExecutor::RunUntilIdle() {
  while (Closure next = TakeNext()) {
    ScopedCurrent current(this);
    next();
  }
}

std::optional<absl::Time> ManualExecutor::NextDue() const {
  absl::MutexLock lock(&mutex_);
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

size_t ManualExecutor::pending_timers() const {
  absl::MutexLock lock(&mutex_);
  return timers_.size();
}

void ManualExecutor::Advance(absl::Duration duration) {
  const absl::Time end = clock_->Now() + duration;
  RunUntilIdle();
  for (std::optional<absl::Time> due = NextDue(); due.has_value() && *due <= end; due = NextDue()) {
    clock_->Set(*due);
    RunUntilIdle();
  }
  clock_->Set(end);
}

void ManualExecutor::RunUntil(absl::FunctionRef<bool()> done) {
  const absl::Time end = clock_->Now() + kPatience;
  RunUntilIdle();
  while (!done()) {
    const std::optional<absl::Time> due = NextDue();
    if (!due.has_value() || *due > end) {
      std::fprintf(stderr, "ManualExecutor::Await: the task never ends: %s\n",
                   due.has_value() ? "only timers beyond kPatience are left"
                                   : "nothing is posted and no timer is set");
      std::abort();
    }
    clock_->Set(*due);
    RunUntilIdle();
  }
}

Task<void> ManualExecutor::CollectVoid(Task<void> task, bool* done) {
  co_await std::move(task);
  *done = true;
}

void ManualExecutor::Await(Task<void> task) {
  bool done = false;
  Spawn(this, CollectVoid(std::move(task), &done));
  RunUntil([&done] { return done; });
}

}  // namespace evertoken
