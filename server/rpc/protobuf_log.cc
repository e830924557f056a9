#include "server/rpc/protobuf_log.h"

#include <google/protobuf/stubs/logging.h>

#include <string>

#include "absl/time/time.h"
#include "server/base/log.h"

namespace evertoken {
namespace {

LogLevel LevelOf(google::protobuf::LogLevel severity) {
  switch (severity) {
    case google::protobuf::LOGLEVEL_INFO:
      return LogLevel::kInfo;
    case google::protobuf::LOGLEVEL_WARNING:
      return LogLevel::kWarn;
    default:
      return LogLevel::kError;
  }
}

void ToOurLog(google::protobuf::LogLevel severity, const char* file, int line, const std::string&) {
  Log(LevelOf(severity), "protobuf", {{"file", file}, {"line", line}});
  // The process ends right behind this.
  if (severity == google::protobuf::LOGLEVEL_FATAL) FlushLog(absl::Seconds(1));
}

}  // namespace

void SendProtobufLogToOurs() { google::protobuf::SetLogHandler(&ToOurLog); }

}  // namespace evertoken
