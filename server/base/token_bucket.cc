#include "server/base/token_bucket.h"

#include <algorithm>

namespace evertoken {

TokenBucket::TokenBucket(int per_second, int burst, const Clock* clock)
    : per_second_(per_second),
      burst_(burst),
      clock_(clock),
      filled_at_(clock->Now()),
      tokens_(burst) {}

bool TokenBucket::Take() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_->Now();
  const double passed = std::max(0.0, absl::ToDoubleSeconds(now - filled_at_));
  filled_at_ = now;
  tokens_ = std::min(burst_, tokens_ + passed * per_second_);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace evertoken
