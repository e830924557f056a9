#include "server/broker/backoff.h"

#include <algorithm>

namespace evertoken {

absl::Duration Backoff(BackoffRange range, int failures, double random) {
  // More doublings than any range has; bounded, or the ceiling would overflow.
  const int doublings = std::clamp(failures, 1, 30);
  const absl::Duration ceiling = std::min(range.least * (int64_t{1} << doublings), range.most);
  return range.least + (ceiling - range.least) * random;
}

}  // namespace evertoken
