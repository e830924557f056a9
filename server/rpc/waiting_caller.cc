#include "server/rpc/waiting_caller.h"

#include <utility>

#include "grpcpp/support/server_callback.h"
#include "server/rpc/status_conversion.h"

namespace evertoken {

WaitingCaller::WaitingCaller(const CallReporter* reporter, CallInfo call,
                             grpc::ServerUnaryReactor* reactor)
    : reporter_(reporter), call_(std::move(call)), reactor_(reactor) {}

void WaitingCaller::Answer(const absl::Status& status) {
  // Before Finish: the server, and the reporter with it, may be gone as soon as its last call has
  // ended.
  reporter_->Ended(call_, status);
  reactor_->Finish(ToGrpcStatus(status, call_.context.request_id));
}

void WaitingCaller::HangUp() {
  if (!Claim()) return;
  reporter_->Ended(call_, absl::CancelledError());
  reactor_->Finish(grpc::Status(grpc::StatusCode::CANCELLED,
                                "the caller stopped waiting; work that had begun goes on"));
}

}  // namespace evertoken
