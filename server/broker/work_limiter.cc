#include "server/broker/work_limiter.h"

#include <algorithm>
#include <utility>

namespace evertoken {
namespace {

// What is begun at once after a quiet time, as a time at the full rate.
constexpr double kBurstSeconds = 0.1;

}  // namespace

WorkLimiter::WorkLimiter(Executor* executor, const Clock* clock, double rate, int concurrent)
    : executor_(executor),
      counted_(rate, std::max(1.0, rate * kBurstSeconds), clock),
      all_(rate * kUncounted, std::max(1.0, rate * kUncounted * kBurstSeconds), clock),
      concurrent_(concurrent) {}

Task<bool> WorkLimiter::Begin() {
  OneShot<bool> begins;
  waiter_.emplace(begins.setter());
  Advance();
  const bool answer = co_await std::move(begins).Wait();
  co_return answer;
}

void WorkLimiter::End(bool counts) {
  --under_way_;
  if (!counts) counted_.Return();
  Advance();
}

void WorkLimiter::Stop() {
  stopped_ = true;
  Advance();
}

void WorkLimiter::Advance() {
  if (timer_.has_value()) executor_->CancelTimer(*std::exchange(timer_, std::nullopt));
  if (!waiter_.has_value()) return;
  if (!stopped_ && under_way_ >= concurrent_) return;
  const absl::Duration wait = std::max(counted_.TimeTo(1), all_.TimeTo(1));
  if (!stopped_ && wait > absl::ZeroDuration()) {
    timer_ = executor_->RunAfter(wait, [this] {
      timer_.reset();
      Advance();
    });
    return;
  }
  if (!stopped_) {
    counted_.Take();
    all_.Take();
    ++under_way_;
  }
  // The setter goes away with what it wakes.
  OneShot<bool>::Setter waiter = *std::exchange(waiter_, std::nullopt);
  waiter.Set(!stopped_);
}

}  // namespace evertoken
