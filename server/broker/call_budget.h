#ifndef EVERTOKEN_SERVER_BROKER_CALL_BUDGET_H_
#define EVERTOKEN_SERVER_BROKER_CALL_BUDGET_H_

#include <optional>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/token_bucket.h"
#include "server/broker/call_limits.h"

namespace evertoken {

// For whom a provider is called. Callers go first.
enum class Priority {
  kCaller,      // somebody waits for the answer
  kBackground,  // a renewal that is due
};

// Counts calls against CallLimits: those in flight, and those begun in a time. Background calls get three quarters of both at
// most, so that a backlog of them leaves room for callers at any moment. Not thread-safe.
class CallBudget {
 public:
  // `clock` must outlive the object.
  CallBudget(const CallLimits& limits, const Clock* clock);

  // Calls in flight stay counted; a changed rate begins with a full burst.
  void SetLimits(const CallLimits& limits);
  const CallLimits& limits() const { return limits_; }

  // Whether a slot is free for a call of this priority.
  bool HasSlot(Priority priority) const;

  // How long until the rate allows one more call of this priority after those who wait before it. Zero: now. Background calls have
  // no place before a caller.
  absl::Duration TimeTo(Priority priority, int callers_before, int background_before);

  // A call begins: HasSlot and TimeTo have allowed it. Return is called once for each.
  void Take(Priority priority);
  void Return(Priority priority);

 private:
  CallLimits limits_;
  const Clock* const clock_;
  int in_flight_ = 0;
  int background_in_flight_ = 0;
  std::optional<TokenBucket> rate_;  // of all calls; nullopt: no bound
  std::optional<TokenBucket> background_rate_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_CALL_BUDGET_H_
