#include "server/rpc/overload_gate.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace evertoken {

class OverloadGate::Count {
 public:
  Count(int limit, Metrics* metrics) : limit_(limit), metrics_(metrics) {}

  bool Enter() {
    absl::MutexLock lock(&mutex_);
    if (out_ >= limit_) return false;
    ++out_;
    Publish();
    return true;
  }

  void Leave() {
    absl::MutexLock lock(&mutex_);
    --out_;
    Publish();
  }

  void ForgetMetrics() {
    absl::MutexLock lock(&mutex_);
    metrics_ = nullptr;
  }

 private:
  // Under the lock, or an older number could be published over a newer one and stay.
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (metrics_ != nullptr) metrics_->SetInFlight(out_);
  }

  const int limit_;
  absl::Mutex mutex_;
  int out_ ABSL_GUARDED_BY(mutex_) = 0;
  Metrics* metrics_ ABSL_GUARDED_BY(mutex_);
};

void OverloadGate::Permit::Release() {
  if (count_ != nullptr) std::exchange(count_, nullptr)->Leave();
}

OverloadGate::OverloadGate(int limit, Metrics* metrics)
    : count_(std::make_shared<Count>(limit, metrics)) {}

OverloadGate::~OverloadGate() { count_->ForgetMetrics(); }

std::optional<OverloadGate::Permit> OverloadGate::TryEnter() {
  if (!count_->Enter()) return std::nullopt;
  return Permit(count_);
}

}  // namespace evertoken
