#ifndef EVERTOKEN_SERVER_BASE_LOG_H_
#define EVERTOKEN_SERVER_BASE_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace evertoken {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// A named value of a log line. There is no constructor from Secret, on purpose: what is secret cannot be logged.
struct LogField {
  LogField(absl::string_view name, absl::string_view value);
  LogField(absl::string_view name, const char* value) : LogField(name, absl::string_view(value)) {}
  LogField(absl::string_view name, const std::string& value) : LogField(name, absl::string_view(value)) {}
  LogField(absl::string_view name, int64_t value);
  LogField(absl::string_view name, int value) : LogField(name, static_cast<int64_t>(value)) {}
  LogField(absl::string_view name, bool value);
  LogField(absl::string_view name, double value);
  // `status` as its ErrorReason name (or code) and message.
  LogField(absl::string_view name, const absl::Status& status);

  std::string name;
  std::string json;  // the value as JSON text
};

// Who a line belongs to. Both ids go out with every line of a request.
struct RequestContext {
  std::string request_id;  // ours, or the caller's x-request-id
  std::string trace_id;    // 32 hex of a W3C traceparent; empty: none
  std::string app;         // app key; empty before authentication
};

// One event, one line, one JSON object on standard error: {"time":…,"level":…,"event":…, fields…}. `event` is a constant in
// snake_case. Thread-safe; never blocks on the log's reader.
void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields = {});
void Log(LogLevel level, absl::string_view event, const RequestContext& context,
         std::initializer_list<LogField> fields = {});

// Lines below `level` are dropped from now on.
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_LOG_H_
