#include "server/broker/call_budget.h"

#include <algorithm>

namespace evertoken {
namespace {

constexpr double kBackgroundShare = 0.75;

// At least one, or a background call could never be made.
double BackgroundPart(double whole) { return std::max(1.0, whole * kBackgroundShare); }

}  // namespace

CallBudget::CallBudget(const CallLimits& limits, const Clock* clock) : clock_(clock) {
  SetLimits(limits);
}

void CallBudget::SetLimits(const CallLimits& limits) {
  const bool same_rate = limits.per_second == limits_.per_second && limits.burst == limits_.burst;
  limits_ = limits;
  if (same_rate) return;
  rate_.reset();
  background_rate_.reset();
  if (limits.per_second <= 0) return;
  rate_.emplace(limits.per_second, limits.burst, clock_);
  background_rate_.emplace(limits.per_second * kBackgroundShare, BackgroundPart(limits.burst),
                           clock_);
}

bool CallBudget::HasSlot(Priority priority) const {
  if (in_flight_ >= limits_.concurrent) return false;
  return priority == Priority::kCaller ||
         background_in_flight_ < static_cast<int>(BackgroundPart(limits_.concurrent));
}

absl::Duration CallBudget::TimeTo(Priority priority, int callers_before, int background_before) {
  if (!rate_.has_value()) return absl::ZeroDuration();
  if (priority == Priority::kCaller) return rate_->TimeTo(callers_before + 1);
  return std::max(rate_->TimeTo(callers_before + background_before + 1),
                  background_rate_->TimeTo(background_before + 1));
}

void CallBudget::Take(Priority priority) {
  ++in_flight_;
  if (priority == Priority::kBackground) ++background_in_flight_;
  if (!rate_.has_value()) return;
  rate_->Take();
  if (priority == Priority::kBackground) background_rate_->Take();
}

void CallBudget::Return(Priority priority) {
  --in_flight_;
  if (priority == Priority::kBackground) --background_in_flight_;
}

}  // namespace evertoken
