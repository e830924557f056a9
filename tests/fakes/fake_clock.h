#ifndef EVERTOKEN_TESTS_FAKES_FAKE_CLOCK_H_
#define EVERTOKEN_TESTS_FAKES_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"

namespace evertoken {

// A clock that moves only when told to. Thread-safe.
class FakeClock final : public Clock {
 public:
  // Starts in March 2030, on a full second: stored timestamps come back equal.
  explicit FakeClock(absl::Time start = absl::FromUnixSeconds(1900000000)) : now_(start) {}

  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }

  absl::Duration SinceBoot() const override {
    absl::MutexLock lock(&mutex_);
    return now_ - stepped_ - absl::UnixEpoch();
  }

  void Advance(absl::Duration duration) {
    absl::MutexLock lock(&mutex_);
    now_ += duration;
  }

  // Somebody sets the clock: no time passes.
  void Step(absl::Duration ahead) {
    absl::MutexLock lock(&mutex_);
    now_ += ahead;
    stepped_ += ahead;
  }

  void Set(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    now_ = now;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  absl::Duration stepped_ ABSL_GUARDED_BY(mutex_);  // by Step, in sum
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_FAKE_CLOCK_H_
