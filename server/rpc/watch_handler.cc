#include "server/rpc/watch_handler.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/base/one_shot.h"
#include "server/broker/event_sink.h"
#include "server/rpc/unary_handler.h"
#include "server/rpc/watch_streams.h"

namespace evertoken {
namespace {

using Response = v1::WatchGrantEventsResponse;
using Reactor = grpc::ServerWriteReactor<Response>;

// One call, between gRPC's reactor, the broker's coroutine and a drain, of which each may end it. Thread-safe.
class WatchStream final : public EventSink, public WatchStreams::Stream {
 public:
  // The reactor lives until the call was ended.
  WatchStream(const CallReporter* reporter, CallInfo call, Reactor* reactor)
      : reporter_(reporter), call_(std::move(call)), reactor_(reactor) {}

  Task<bool> Write(Response response) override {
    OneShot<bool> written;
    {
      absl::MutexLock lock(&mutex_);
      if (ended_) co_return false;
      message_ = std::move(response);
      written_.emplace(written.setter());
      reactor_->StartWrite(&message_);
    }
    const bool ok = co_await std::move(written).Wait();
    co_return ok;
  }

  void OnWriteDone(bool ok) {
    absl::MutexLock lock(&mutex_);
    OneShot<bool>::Setter written = *std::exchange(written_, std::nullopt);
    written.Set(ok && !ended_);
  }

  void SetCloseListener(std::function<void()> listener) override {
    {
      absl::MutexLock lock(&mutex_);
      if (!ended_) listener_.swap(listener);
    }
    if (listener != nullptr) listener();
  }

  void End(absl::Status status) override {
    std::function<void()> listener;
    {
      absl::MutexLock lock(&mutex_);
      if (std::exchange(ended_, true)) return;
      listener_.swap(listener);
      // Before Finish: the server, and the reporter with it, may be gone as soon as its last call has ended.
      reporter_->Ended(call_, status);
      // Nobody hears of the details after a hang-up.
      reactor_->Finish(absl::IsCancelled(status) ? grpc::Status::CANCELLED
                                                 : ToGrpcStatus(status, call_.context.request_id));
    }
    if (listener != nullptr) listener();
  }

  const CallInfo& call() const { return call_; }

 private:
  const CallReporter* const reporter_;
  const CallInfo call_;
  Reactor* const reactor_;
  absl::Mutex mutex_;
  Response message_;  // gRPC's while a write is in flight
  std::optional<OneShot<bool>::Setter> written_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> listener_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

class WatchReactor final : public Reactor {
 public:
  WatchReactor(const CallReporter* reporter, CallInfo call)
      : stream_(std::make_shared<WatchStream>(reporter, std::move(call), this)) {}

  const std::shared_ptr<WatchStream>& stream() const { return stream_; }

  void OnWriteDone(bool ok) override { stream_->OnWriteDone(ok); }
  void OnCancel() override { stream_->End(absl::CancelledError()); }
  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<WatchStream> stream_;
};

// The room of a stream, which is taken until the broker's work has ended too. It may outlive the server.
class Room {
 public:
  Room(std::shared_ptr<WatchStreams> streams, std::string app, const WatchStream* stream)
      : streams_(std::move(streams)), app_(std::move(app)), stream_(stream) {}
  ~Room() { streams_->Leave(app_, stream_); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

 private:
  const std::shared_ptr<WatchStreams> streams_;
  const std::string app_;
  const WatchStream* const stream_;
};

Task<void> WatchForCaller(Broker* broker, Caller caller, v1::WatchGrantEventsRequest request,
                          std::shared_ptr<WatchStream> stream, std::unique_ptr<Room> room) {
  absl::Status ended = co_await broker->WatchGrantEvents(caller, std::move(request), stream);
  // Before the end, so that a caller who has it finds its room free.
  room.reset();
  if (!absl::IsCancelled(ended)) stream->End(FitForCaller(std::move(ended), caller.context));
}

absl::Status Admit(const RpcParts& parts, const absl::StatusOr<const config::v1::App*>& app,
                   v1::WatchGrantEventsRequest* request,
                   const std::shared_ptr<WatchStream>& stream) {
  if (!app.ok()) return app.status();
  const absl::Status valid = ValidateRequest(request);
  if (!valid.ok()) return valid;
  return parts.watches->Enter((*app)->key(), stream);
}

}  // namespace

Reactor* HandleWatch(const RpcParts& parts, grpc::CallbackServerContext* context,
                     const v1::WatchGrantEventsRequest& received) {
  CallInfo call{"WatchGrantEvents", parts.reporter->Now(), RequestContextOf(*context)};
  const absl::StatusOr<const config::v1::App*> app = parts.authentication->Authenticate(*context);
  if (app.ok()) call.context.app = (*app)->key();
  auto* const reactor = new WatchReactor(parts.reporter, std::move(call));
  const std::shared_ptr<WatchStream> stream = reactor->stream();
  v1::WatchGrantEventsRequest request = received;
  const absl::Status admitted = Admit(parts, app, &request, stream);
  if (!admitted.ok()) {
    stream->End(FitForCaller(admitted, stream->call().context));
    return reactor;
  }
  auto room = std::make_unique<Room>(parts.watches, (*app)->key(), stream.get());
  Caller caller{*app, stream->call().context};
  const BrokerPool::Seat seat = parts.brokers->ForToken((*app)->key());
  Spawn(seat.executor, WatchForCaller(seat.broker, std::move(caller), std::move(request), stream,
                                      std::move(room)));
  return reactor;
}

}  // namespace evertoken
