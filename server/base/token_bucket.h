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
  // Full at first. `per_second` and `burst` are at least 1. `clock` must outlive the bucket; when it is set back nothing is gained
  // until it goes on from there.
  TokenBucket(int per_second, int burst, const Clock* clock);

  // Takes a token; false when there is none. The next one comes within a second.
  bool Take();

 private:
  const double per_second_;
  const double burst_;
  const Clock* const clock_;
  absl::Mutex mutex_;
  absl::Time filled_at_ ABSL_GUARDED_BY(mutex_);
  double tokens_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_TOKEN_BUCKET_H_
