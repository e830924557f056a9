#ifndef EVERTOKEN_SERVER_BASE_CLOCK_H_
#define EVERTOKEN_SERVER_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace evertoken {

// Where every part of the server learns the time. Only SystemClock and the event loop know real time, so that a test can
// move days in a line. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // Passed since some moment in the past, sleep of the machine included. Never set back: for what must not be fooled by a clock that
  // somebody sets.
  virtual absl::Duration SinceBoot() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration SinceBoot() const override;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_CLOCK_H_
