#include "server/rpc/health_service.h"

#include <algorithm>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace evertoken {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// A watch costs a stream for ever, and anybody may ask for one.
constexpr size_t kMostWatches = 1000;

class RefusedWatch final : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  RefusedWatch() {
    Finish(
        grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many health watches; use Check"));
  }
  void OnDone() override { delete this; }
};

}  // namespace

class HealthService::Impl final : public grpc::health::v1::Health::CallbackService {
 public:
  explicit Impl(std::vector<std::string> names) : names_(std::move(names)) {}

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const HealthCheckRequest* request,
                                  HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<HealthCheckResponse>* Watch(grpc::CallbackServerContext* context,
                                                       const HealthCheckRequest* request) override;

  void SetServing(bool serving) {
    absl::MutexLock lock(&mutex_);
    serving_ = serving && !shut_down_;
    TellWatches();
  }

  void Shutdown() {
    absl::MutexLock lock(&mutex_);
    serving_ = false;
    shut_down_ = true;
    TellWatches();
  }

 private:
  class WatchReactor;

  bool Knows(const std::string& name) const {
    return name.empty() || std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  HealthCheckResponse::ServingStatus State(const std::string& name) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    if (!Knows(name)) return HealthCheckResponse::SERVICE_UNKNOWN;
    return serving_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  }

  void TellWatches() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::vector<std::string> names_;
  absl::Mutex mutex_;
  bool serving_ ABSL_GUARDED_BY(mutex_) = false;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<WatchReactor*> watches_ ABSL_GUARDED_BY(mutex_);
};

// Writes the state whenever it is another than the one written last. All state is the service's, under its lock.
class HealthService::Impl::WatchReactor final
    : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  WatchReactor(Impl* service, std::string name) : service_(service), name_(std::move(name)) {}

  // What is due: a state, the end, or nothing.
  void Go() ABSL_EXCLUSIVE_LOCKS_REQUIRED(service_->mutex_) {
    if (ended_ || writing_) return;
    const HealthCheckResponse::ServingStatus state = service_->State(name_);
    if (state != message_.status()) {
      message_.set_status(state);
      writing_ = true;
      StartWrite(&message_);
    } else if (service_->shut_down_) {
      End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server shuts down"));
    }
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&service_->mutex_);
    writing_ = false;
    if (ok) {
      Go();
    } else {
      End(grpc::Status::CANCELLED);
    }
  }

  void OnCancel() override {
    absl::MutexLock lock(&service_->mutex_);
    End(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    {
      absl::MutexLock lock(&service_->mutex_);
      service_->watches_.erase(this);
    }
    delete this;
  }

 private:
  void End(grpc::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(service_->mutex_) {
    if (!std::exchange(ended_, true)) Finish(std::move(status));
  }

  Impl* const service_;
  const std::string name_;
  HealthCheckResponse message_;  // the last one written; UNKNOWN: none yet
  bool writing_ = false;
  bool ended_ = false;
};

grpc::ServerUnaryReactor* HealthService::Impl::Check(grpc::CallbackServerContext* context,
                                                     const HealthCheckRequest* request,
                                                     HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (Knows(request->service())) {
    absl::MutexLock lock(&mutex_);
    response->set_status(State(request->service()));
    reactor->Finish(grpc::Status::OK);
  } else {
    reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "this server has no such service"));
  }
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Impl::Watch(
    grpc::CallbackServerContext*, const HealthCheckRequest* request) {
  absl::MutexLock lock(&mutex_);
  if (watches_.size() >= kMostWatches) return new RefusedWatch();
  auto* watch = new WatchReactor(this, request->service());
  watches_.insert(watch);
  watch->Go();
  return watch;
}

void HealthService::Impl::TellWatches() {
  for (WatchReactor* watch : watches_) watch->Go();
}

HealthService::HealthService(std::vector<std::string> names)
    : impl_(std::make_unique<Impl>(std::move(names))) {}
HealthService::~HealthService() = default;

grpc::Service* HealthService::service() const { return impl_.get(); }
void HealthService::SetServing(bool serving) { impl_->SetServing(serving); }
void HealthService::Shutdown() { impl_->Shutdown(); }

}  // namespace evertoken
