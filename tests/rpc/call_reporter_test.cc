#include "server/rpc/call_reporter.h"

#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CallReporterTest : public testing::Test {
 protected:
  CallReporterTest() : reporter_(&clock_, &metrics_), call_{"RefreshToken", clock_.Now(), {}} {
    call_.context.request_id = "r1";
    call_.context.app = "shop";
    clock_.Advance(absl::Milliseconds(250));
    testing::internal::CaptureStderr();
  }
  ~CallReporterTest() override { SetLogLevel(LogLevel::kInfo); }

  static std::string Logged() {
    FlushLog(absl::Minutes(1));
    return testing::internal::GetCapturedStderr();
  }

  FakeClock clock_;
  Metrics metrics_;
  const CallReporter reporter_;
  CallInfo call_;
};

TEST_F(CallReporterTest, LogsOneLineAnError) {
  reporter_.Ended(call_, MakeError(v1::ERROR_REASON_GRANT_REVOKED, "gone"));
  EXPECT_THAT(
      Logged(),
      AllOf(HasSubstr(R"("event":"rpc","request_id":"r1","app":"shop")"),
            HasSubstr(
                R"("method":"RefreshToken","code":"FAILED_PRECONDITION","reason":"GRANT_REVOKED")"),
            HasSubstr(R"("duration_ms":250})")));
  EXPECT_THAT(
      metrics_.Serialize(),
      HasSubstr(R"(evertoken_requests_total{code="FAILED_PRECONDITION",method="RefreshToken"} 1)"));
}

TEST_F(CallReporterTest, LogsOneLineAnAnswer) {
  reporter_.Ended(call_, absl::OkStatus());
  EXPECT_THAT(Logged(),
              AllOf(HasSubstr(R"("code":"OK","duration_ms":250)"), Not(HasSubstr("reason"))));
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr(R"(evertoken_requests_total{code="OK",method="RefreshToken"} 1)"));
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr(R"(evertoken_request_seconds_sum{method="RefreshToken"} 0.25)"));
}

TEST_F(CallReporterTest, AnswersFromMemoryAreCountedAndLoggedAtDebugOnly) {
  EXPECT_FALSE(reporter_.LogsFromMemory());
  reporter_.CountFromMemory("IntrospectToken", call_.start);
  reporter_.LogFromMemory(call_);
  EXPECT_THAT(Logged(), IsEmpty());
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr(R"(evertoken_requests_total{code="OK",method="IntrospectToken"} 1)"));

  testing::internal::CaptureStderr();
  SetLogLevel(LogLevel::kDebug);
  EXPECT_TRUE(reporter_.LogsFromMemory());
  reporter_.LogFromMemory(call_);
  EXPECT_THAT(Logged(), AllOf(HasSubstr(R"("level":"debug")"), HasSubstr(R"("code":"OK")")));
}

}  // namespace
}  // namespace evertoken
