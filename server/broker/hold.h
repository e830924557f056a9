#ifndef EVERTOKEN_SERVER_BROKER_HOLD_H_
#define EVERTOKEN_SERVER_BROKER_HOLD_H_

#include <algorithm>

#include "absl/time/time.h"

namespace evertoken {

// A time during which something must not happen. A clock that is set back prolongs it to its full length from then at most.
// Not thread-safe.
class Hold {
 public:
  // Holds for `length` from `now`; a hold that lasts longer already stays.
  void Extend(absl::Time now, absl::Duration length) {
    if (length <= Remaining(now)) return;
    since_ = now;
    length_ = length;
  }

  void End() { length_ = absl::ZeroDuration(); }

  // Zero: it is over.
  absl::Duration Remaining(absl::Time now) {
    since_ = std::min(since_, now);
    return std::max(since_ + length_ - now, absl::ZeroDuration());
  }

 private:
  absl::Time since_ = absl::UnixEpoch();
  absl::Duration length_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_HOLD_H_
