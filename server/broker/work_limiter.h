#ifndef EVERTOKEN_SERVER_BROKER_WORK_LIMITER_H_
#define EVERTOKEN_SERVER_BROKER_WORK_LIMITER_H_

#include <optional>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/one_shot.h"
#include "server/base/task.h"
#include "server/base/token_bucket.h"

namespace evertoken {

// Bounds work that nobody waits for: how much is begun a second, and how much is under way. What is begun and turns out not to be what
// the rate is meant to bound costs a fraction of it. Belongs to one executor.
class WorkLimiter {
 public:
  // `rate` above 0, `concurrent` at least 1. `executor` and `clock` must outlive the limiter and whoever waits in it.
  WorkLimiter(Executor* executor, const Clock* clock, double rate, int concurrent);

  // Waits until one more piece of work may begin; false when it may not, because of Stop. One waits at a time.
  Task<bool> Begin();

  // So many times the rate may begin if none of it counts.
  static constexpr double kUncounted = 5;

  // Once for each that began. `counts`: whether it was what the rate is meant to bound.
  void End(bool counts);

  // Whoever waits, or comes later, goes away.
  void Stop();

  int under_way() const { return under_way_; }

 private:
  void Advance();

  Executor* const executor_;
  TokenBucket counted_;
  TokenBucket all_;
  const int concurrent_;
  int under_way_ = 0;
  bool stopped_ = false;
  std::optional<OneShot<bool>::Setter> waiter_;
  std::optional<Executor::TimerId> timer_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_WORK_LIMITER_H_
