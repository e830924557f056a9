#include "server/rpc/call_reporter.h"

#include <string>

#include "server/base/error.h"
#include "server/base/log.h"

namespace evertoken {
namespace {

constexpr absl::string_view kEvent = "rpc";

}  // namespace

void CallReporter::Ended(const CallInfo& call, const absl::Status& status) const {
  const absl::Duration took = Now() - call.start;
  const std::string code = absl::StatusCodeToString(status.code());
  metrics_->CountRequest(call.method, code, took);
  if (!LogEnabled(LogLevel::kInfo)) return;
  const double duration_ms = absl::ToDoubleMilliseconds(took);
  const ErrorReason reason = ReasonOf(status);
  if (reason == v1::ERROR_REASON_UNSPECIFIED) {
    Log(LogLevel::kInfo, kEvent, call.context,
        {{"method", call.method}, {"code", code}, {"duration_ms", duration_ms}});
  } else {
    Log(LogLevel::kInfo, kEvent, call.context,
        {{"method", call.method},
         {"code", code},
         {"reason", ReasonName(reason)},
         {"duration_ms", duration_ms}});
  }
}

void CallReporter::CountFromMemory(absl::string_view method, absl::Time start) const {
  metrics_->CountRequest(method, "OK", Now() - start);
}

bool CallReporter::LogsFromMemory() const { return LogEnabled(LogLevel::kDebug); }

void CallReporter::LogFromMemory(const CallInfo& call) const {
  Log(LogLevel::kDebug, kEvent, call.context,
      {{"method", call.method},
       {"code", "OK"},
       {"duration_ms", absl::ToDoubleMilliseconds(Now() - call.start)}});
}

}  // namespace evertoken
