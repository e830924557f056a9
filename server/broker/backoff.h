#ifndef EVERTOKEN_SERVER_BROKER_BACKOFF_H_
#define EVERTOKEN_SERVER_BROKER_BACKOFF_H_

#include "absl/time/time.h"

namespace evertoken {

// Between which waits a backoff stays.
struct BackoffRange {
  absl::Duration least;  // above zero
  absl::Duration most;
};

// For RenewalHistory.next_attempt_time: a grant whose renewal fails is tried again after 1 to 2 s at first, within 15 min in the end.
constexpr BackoffRange kGrantBackoff = {absl::Seconds(1), absl::Minutes(15)};

// How long to wait after `failures` in a row (at least 1): evenly spread from `least` to a ceiling that is twice `least` after the
// first failure and doubles with each, up to `most`. `random` is drawn from [0, 1).
//
// The spread covers the whole range (full jitter), because whoever failed together would otherwise come back together. It ends at
// `least` and not at zero, because a wait is told to callers as RetryInfo, and one of no length asks for a storm.
absl::Duration Backoff(BackoffRange range, int failures, double random);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_BACKOFF_H_
