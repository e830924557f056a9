#ifndef EVERTOKEN_SERVER_RPC_CALL_REPORTER_H_
#define EVERTOKEN_SERVER_RPC_CALL_REPORTER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/metrics.h"
#include "server/base/request_context.h"

namespace evertoken {

// A request that is being answered.
struct CallInfo {
  absl::string_view method;  // without its service, for example "ExchangeToken"
  absl::Time start;
  RequestContext context;
};

// Tells how requests ended: each is counted, and each gets one log line `rpc`. Thread-safe.
//
// The line is at info, except for a good answer out of memory: those come by the tens of thousands
// a second, each leaves everything as it was, and a line would cost a good part of the answer
// itself. They are at debug.
class CallReporter {
 public:
  // Both must outlive the object.
  CallReporter(const Clock* clock, Metrics* metrics) : clock_(clock), metrics_(metrics) {}

  absl::Time Now() const { return clock_->Now(); }

  void Ended(const CallInfo& call, const absl::Status& status) const;

  // Two steps, because the context is worth making only for a line that is written.
  void CountFromMemory(absl::string_view method, absl::Time start) const;
  bool LogsFromMemory() const;
  void LogFromMemory(const CallInfo& call) const;

 private:
  const Clock* const clock_;
  Metrics* const metrics_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_CALL_REPORTER_H_
