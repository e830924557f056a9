#include "tests/simulation/scheduler.h"

#include <algorithm>
#include <utility>

namespace evertoken::simulation {

Executor::TimerId Scheduler::Process::RunAfter(absl::Duration delay, Closure closure) {
  const TimerId id = next_timer_++;
  timers_.emplace(clock_->Now() + std::max(delay, absl::ZeroDuration()),
                  std::make_pair(id, std::move(closure)));
  return id;
}

void Scheduler::Process::CancelTimer(TimerId id) {
  const auto timer = std::find_if(timers_.begin(), timers_.end(),
                                  [id](const auto& entry) { return entry.second.first == id; });
  if (timer == timers_.end()) return;
  const Closure dropped = std::move(timer->second.second);  // it may own what calls us
  timers_.erase(timer);
}

std::optional<absl::Time> Scheduler::Process::Next() const {
  if (!posted_.empty()) return paused_until_;
  if (timers_.empty()) return std::nullopt;
  return std::max(paused_until_, timers_.begin()->first);
}

bool Scheduler::Process::CanStep() const {
  const std::optional<absl::Time> next = Next();
  return next.has_value() && *next <= clock_->Now();
}

void Scheduler::Process::Step() {
  Closure closure;
  if (!posted_.empty()) {
    closure = std::move(posted_.front());
    posted_.pop_front();
  } else {
    closure = std::move(timers_.begin()->second.second);
    timers_.erase(timers_.begin());
  }
  ScopedCurrent current(this);
  closure();
}

Scheduler::Process* Scheduler::NewProcess() {
  processes_.push_back(std::unique_ptr<Process>(new Process(clock_)));
  return processes_.back().get();
}

bool Scheduler::Step(absl::Time end) {
  ready_.clear();
  absl::Time next = absl::InfiniteFuture();
  for (const std::unique_ptr<Process>& process : processes_) {
    if (process->CanStep()) ready_.push_back(process.get());
    next = std::min(next, process->Next().value_or(absl::InfiniteFuture()));
  }
  if (!ready_.empty()) {
    ready_[chance_->Below(ready_.size())]->Step();
    return true;
  }
  if (next > end) {
    clock_->Set(std::max(end, clock_->Now()));
    return false;
  }
  clock_->Set(next);
  return true;
}

}  // namespace evertoken::simulation
