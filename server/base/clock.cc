#include "server/base/clock.h"

#include "absl/time/clock.h"

namespace evertoken {

absl::Time SystemClock::Now() const { return absl::Now(); }

}  // namespace evertoken
