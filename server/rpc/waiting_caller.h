#ifndef EVERTOKEN_SERVER_RPC_WAITING_CALLER_H_
#define EVERTOKEN_SERVER_RPC_WAITING_CALLER_H_

#include <atomic>

#include "absl/status/status.h"
#include "server/rpc/call_reporter.h"

namespace grpc {
class ServerUnaryReactor;
}  // namespace grpc

namespace evertoken {

// A caller who waits for an answer that is being worked on. Owned by gRPC's reactor and by the work
// together; the first of answer and hang-up ends the call, and only once. Thread-safe.
class WaitingCaller {
 public:
  // `reactor` lives until the call was ended.
  WaitingCaller(const CallReporter* reporter, CallInfo call, grpc::ServerUnaryReactor* reactor);

  const CallInfo& call() const { return call_; }

  // Whether the call is still open; from then on it is the asker's to end, and the response message
  // is the asker's to fill.
  bool Claim() { return !claimed_.exchange(true, std::memory_order_acq_rel); }

  // After Claim: ends the call with a status that is fit for the caller. Nothing of the call may be
  // touched afterwards.
  void Answer(const absl::Status& status);

  // The caller cancelled or ran into its deadline: ends its waiting, if nothing else has.
  void HangUp();

 private:
  const CallReporter* const reporter_;
  const CallInfo call_;
  grpc::ServerUnaryReactor* const reactor_;
  std::atomic<bool> claimed_{false};
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_WAITING_CALLER_H_
