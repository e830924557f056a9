#include "server/rpc/protobuf_log.h"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wrappers.pb.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/log.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// What is written to standard error while `speak` runs.
template <typename Speak>
std::string Written(const Speak& speak) {
  SendProtobufLogToOurs();
  testing::internal::CaptureStderr();
  speak();
  FlushLog(absl::InfiniteDuration());
  return testing::internal::GetCapturedStderr();
}

TEST(ProtobufLogTest, OneObjectALineWithThePlaceAndWithoutTheText) {
  const std::string written = Written([] {
    google::protobuf::StringValue message;
    message.ParseFromString("\x0a\x0bs3cret-\xff\xfe-x");
  });
  EXPECT_THAT(written, AllOf(StartsWith("{\"time\":"), EndsWith("}\n"),
                             HasSubstr("\"level\":\"error\",\"event\":\"protobuf\",\"file\":\""),
                             HasSubstr("\"line\":"), Not(HasSubstr("libprotobuf")),
                             Not(HasSubstr("UTF-8")), Not(HasSubstr("s3cret"))));
}

TEST(ProtobufLogTest, SeveritiesAreOurs) {
  const std::string written = Written([] {
    GOOGLE_LOG(WARNING) << "a value";
    GOOGLE_LOG(INFO) << "a value";
  });
  EXPECT_THAT(written, AllOf(HasSubstr("\"level\":\"warn\",\"event\":\"protobuf\""),
                             HasSubstr("\"level\":\"info\",\"event\":\"protobuf\""),
                             Not(HasSubstr("a value"))));
}

}  // namespace
}  // namespace evertoken
