#include "tests/bench/load_client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace evertoken::bench {
namespace {

constexpr int kChannels = 4;
constexpr auto kCallTimeout = std::chrono::seconds(60);

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return "";
  std::string text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

}  // namespace

double LoadResult::PerSecond() const {
  return static_cast<double>(calls) / std::max(1e-9, absl::ToDoubleSeconds(took));
}

absl::Duration LoadResult::Percentile(double fraction) const {
  if (latencies.empty()) return absl::ZeroDuration();
  const auto rank = static_cast<size_t>(fraction * static_cast<double>(latencies.size() - 1) + 0.5);
  return latencies[std::min(rank, latencies.size() - 1)];
}

class LoadClient::Impl {
 public:
  Impl(const std::string& address, std::string authorization)
      : authorization_(std::move(authorization)) {
    for (int i = 0; i < kChannels; ++i) {
      grpc::ChannelArguments arguments;
      // A connection each; gRPC would let equal channels share one.
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stubs_.push_back(std::make_unique<grpc::GenericStub>(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
    }
  }

  const std::string& authorization() const { return authorization_; }
  grpc::GenericStub* StubFor(size_t slot) { return stubs_[slot % stubs_.size()].get(); }

 private:
  const std::string authorization_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
};

// One run. Each slot has one call in flight and begins the next from the callback of the last.
class LoadClient::Run {
 public:
  Run(Impl* client, const std::string& method, const std::vector<std::string>& requests,
      int in_flight, absl::Time until, const Observer& observer)
      : client_(client),
        method_(method),
        until_(until),
        observer_(observer),
        slots_(in_flight),
        running_(in_flight) {
    buffers_.reserve(requests.size());
    for (const std::string& request : requests) {
      const grpc::Slice slice(request);
      buffers_.emplace_back(&slice, 1);
    }
  }

  LoadResult Wait() {
    const absl::Time start = absl::Now();
    for (size_t slot = 0; slot < slots_.size(); ++slot) Begin(slot);
    running_.Wait();
    LoadResult result;
    result.took = absl::Now() - start;
    for (Slot& slot : slots_) {
      result.latencies.insert(result.latencies.end(), slot.latencies.begin(), slot.latencies.end());
    }
    std::sort(result.latencies.begin(), result.latencies.end());
    result.calls = static_cast<int64_t>(result.latencies.size());
    absl::MutexLock lock(&mutex_);
    result.errors = errors_;
    result.first_error = first_error_;
    return result;
  }

 private:
  struct Slot {
    std::optional<grpc::ClientContext> context;
    grpc::ByteBuffer response;
    size_t index = 0;
    absl::Time start;
    std::vector<absl::Duration> latencies;
  };

  bool Ended(size_t index) const {
    return until_ == absl::InfiniteFuture() ? index >= buffers_.size() : absl::Now() >= until_;
  }

  void Begin(size_t number) {
    Slot& slot = slots_[number];
    const size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (Ended(index)) {
      running_.DecrementCount();
      return;
    }
    slot.index = index % buffers_.size();
    slot.context.emplace();
    slot.context->AddMetadata("authorization", client_->authorization());
    slot.context->set_deadline(std::chrono::system_clock::now() + kCallTimeout);
    slot.response.Clear();
    slot.start = absl::Now();
    client_->StubFor(number)->UnaryCall(
        &*slot.context, method_, {}, &buffers_[slot.index], &slot.response,
        [this, number](const grpc::Status& status) { Finish(number, status); });
  }

  void Finish(size_t number, const grpc::Status& status) {
    Slot& slot = slots_[number];
    slot.latencies.push_back(absl::Now() - slot.start);
    if (!status.ok()) {
      absl::MutexLock lock(&mutex_);
      if (errors_++ == 0)
        first_error_ = absl::StrCat(status.error_code(), ": ", status.error_message());
    } else if (observer_ != nullptr) {
      observer_(slot.index, ToString(slot.response));
    }
    Begin(number);
  }

  Impl* const client_;
  const std::string method_;
  const absl::Time until_;  // infinite: each request once
  const Observer observer_;
  std::vector<grpc::ByteBuffer> buffers_;
  std::vector<Slot> slots_;
  std::atomic<size_t> next_{0};
  absl::BlockingCounter running_;
  absl::Mutex mutex_;
  int64_t errors_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string first_error_ ABSL_GUARDED_BY(mutex_);
};

LoadClient::LoadClient(const std::string& address, std::string authorization)
    : impl_(std::make_unique<Impl>(address, std::move(authorization))) {}
LoadClient::~LoadClient() = default;

LoadResult LoadClient::SendAll(const std::string& method, const std::vector<std::string>& requests,
                               int in_flight, const Observer& observer) {
  return Run(impl_.get(), method, requests, in_flight, absl::InfiniteFuture(), observer).Wait();
}

LoadResult LoadClient::SendFor(const std::string& method, const std::vector<std::string>& requests,
                               int in_flight, absl::Duration duration) {
  return Run(impl_.get(), method, requests, in_flight, absl::Now() + duration, nullptr).Wait();
}

}  // namespace evertoken::bench
