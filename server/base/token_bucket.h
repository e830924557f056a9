#ifndef EVERTOKEN_SERVER_BASE_TOKEN_BUCKET_H_
#define EVERTOKEN_SERVER_BASE_TOKEN_BUCKET_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"

namespace evertoken {

// Bounds how often something is begun: so many a second in the long run, `burst` at once after a quiet time. Thread-safe.
class TokenBucket {
 public:
  // Full at first. `per_second` is above 0, `burst` at least 1. `clock` must outlive the bucket; when it is set back nothing is
  // gained until it goes on from there.
  TokenBucket(double per_second, double burst, const Clock* clock);

  // Takes a token; false when there is none. The next one comes within a second where `per_second` is at least 1.
  bool Take();

  // Gives a token back that was taken for nothing.
  void Return();

  // After how long the token number `tokens` from now (1: the next) can be taken, if nobody else takes any. Zero: at once; else at
  // least a millisecond.
  absl::Duration TimeTo(int tokens);

 private:
  void Fill() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const double per_second_;
  const double burst_;
  const Clock* const clock_;
  absl::Mutex mutex_;
  absl::Time filled_at_ ABSL_GUARDED_BY(mutex_);
  double tokens_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_TOKEN_BUCKET_H_
