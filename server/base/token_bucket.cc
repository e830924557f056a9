#include "server/base/token_bucket.h"

#include <algorithm>

namespace evertoken {

TokenBucket::TokenBucket(double per_second, double burst, const Clock* clock)
    : per_second_(per_second),
      burst_(burst),
      clock_(clock),
      filled_at_(clock->Now()),
      tokens_(burst) {}

bool TokenBucket::Take() {
  absl::MutexLock lock(&mutex_);
  Fill();
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void TokenBucket::Return() {
  absl::MutexLock lock(&mutex_);
  tokens_ = std::min(burst_, tokens_ + 1);
}

absl::Duration TokenBucket::TimeTo(int tokens) {
  absl::MutexLock lock(&mutex_);
  Fill();
  if (tokens_ >= tokens) return absl::ZeroDuration();
  // Rounded up, or whoever waits so long would find a token that lacks its last bit.
  constexpr absl::Duration kStep = absl::Milliseconds(1);
  const absl::Duration missing = absl::Seconds((tokens - tokens_) / per_second_);
  return std::max(absl::Ceil(missing, kStep), kStep);
}

void TokenBucket::Fill() {
  const absl::Time now = clock_->Now();
  const double passed = std::max(0.0, absl::ToDoubleSeconds(now - filled_at_));
  filled_at_ = now;
  tokens_ = std::min(burst_, tokens_ + passed * per_second_);
}

}  // namespace evertoken
