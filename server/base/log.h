#ifndef EVERTOKEN_SERVER_BASE_LOG_H_
#define EVERTOKEN_SERVER_BASE_LOG_H_

#include <concepts>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/request_context.h"

namespace evertoken {

// kNone is for SetLogLevel: nothing is written.
enum class LogLevel { kDebug, kInfo, kWarn, kError, kNone };

// A named value of a log line. There is no constructor from Secret, on purpose: what is secret cannot be logged.
struct LogField {
  // Texts are cut at 4096 bytes; bytes that are not UTF-8 are replaced.
  LogField(absl::string_view name, absl::string_view value);
  LogField(absl::string_view name, const char* value) : LogField(name, absl::string_view(value)) {}
  LogField(absl::string_view name, const std::string& value)
      : LogField(name, absl::string_view(value)) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) LogField(absl::string_view name_in, T value)
      : name(name_in), json(absl::StrCat(value)) {}
  template <std::same_as<bool> T>
  LogField(absl::string_view name_in, T value) : name(name_in), json(value ? "true" : "false") {}
  LogField(absl::string_view name, double value);
  // `status` as its ErrorReason name (or code) and message.
  LogField(absl::string_view name, const absl::Status& status);

  std::string name;
  std::string json;  // the value as JSON text
};

// One event, one line, one JSON object on standard error: {"time":…,"level":…,"event":…, fields…}. `event` is a constant in
// snake_case. Thread-safe. Never waits for the log's reader: lines queue, and when the queue is full the oldest are dropped,
// which a line `log_lines_dropped` tells as soon as the reader goes on.
void Log(LogLevel level, absl::string_view event, std::initializer_list<LogField> fields = {});
void Log(LogLevel level, absl::string_view event, const RequestContext& context,
         std::initializer_list<LogField> fields = {});

// Lines below `level` are dropped from now on. Default: info.
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);

// Waits until every line was handed to standard error, at most `limit`. Happens by itself at exit().
void FlushLog(absl::Duration limit);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BASE_LOG_H_
