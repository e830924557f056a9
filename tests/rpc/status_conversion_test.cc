#include "server/rpc/status_conversion.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/error_details.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/log.h"

namespace evertoken {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

// The details of a status, and how many there are of a kind.
class WireStatus {
 public:
  explicit WireStatus(const grpc::Status& status) {
    EXPECT_TRUE(grpc::ExtractErrorDetails(status, &wire_).ok());
  }

  const google::rpc::Status& wire() const { return wire_; }

  template <typename Detail>
  std::vector<Detail> All() const {
    std::vector<Detail> found;
    for (const google::protobuf::Any& any : wire_.details()) {
      Detail detail;
      if (any.UnpackTo(&detail)) found.push_back(detail);
    }
    return found;
  }

 private:
  google::rpc::Status wire_;
};

TEST(StatusConversionTest, OkStaysOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus(), "r1").ok());
  EXPECT_TRUE(FitForCaller(absl::OkStatus(), {}).ok());
}

TEST(StatusConversionTest, SaysCodeMessageAndOneErrorInfo) {
  const absl::Status error =
      WithMetadata(MakeError(v1::ERROR_REASON_SCOPE_MISSING, "the user did not grant a scope"),
                   "scopes", "email");
  const grpc::Status status = ToGrpcStatus(error, "r1");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "the user did not grant a scope");

  const WireStatus wire(status);
  EXPECT_EQ(wire.wire().code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(wire.wire().message(), "the user did not grant a scope");
  ASSERT_EQ(wire.wire().details_size(), 1);
  const auto infos = wire.All<google::rpc::ErrorInfo>();
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0].domain(), "evertoken.dev");
  EXPECT_EQ(infos[0].reason(), "SCOPE_MISSING");
  EXPECT_THAT(infos[0].metadata(),
              UnorderedElementsAre(Pair("scopes", "email"), Pair("request_id", "r1")));
}

TEST(StatusConversionTest, EveryReasonGetsItsErrorInfo) {
  for (int value = v1::ErrorReason_MIN + 1; value <= v1::ErrorReason_MAX; ++value) {
    const auto reason = static_cast<ErrorReason>(value);
    const absl::Status error = MakeError(reason, "message");
    const WireStatus wire(ToGrpcStatus(error, "r1"));
    const auto infos = wire.All<google::rpc::ErrorInfo>();
    ASSERT_EQ(infos.size(), 1u);
    EXPECT_EQ(infos[0].reason(), ReasonName(reason));
    EXPECT_EQ(wire.wire().code(), static_cast<int>(error.code()));
    const bool waiting_helps = absl::IsUnavailable(error) || absl::IsResourceExhausted(error);
    EXPECT_EQ(wire.All<google::rpc::RetryInfo>().size(), waiting_helps ? 1u : 0u)
        << ReasonName(reason);
  }
}

TEST(StatusConversionTest, TellsHowLongToWait) {
  const absl::Status error = WithRetryAfter(
      MakeError(v1::ERROR_REASON_PROVIDER_RATE_LIMITED, "wait"), absl::Milliseconds(2500));
  const auto retries = WireStatus(ToGrpcStatus(error, "r1")).All<google::rpc::RetryInfo>();
  ASSERT_EQ(retries.size(), 1u);
  EXPECT_EQ(retries[0].retry_delay().seconds(), 2);
  EXPECT_EQ(retries[0].retry_delay().nanos(), 500000000);
}

TEST(StatusConversionTest, ListsBadFields) {
  const absl::Status error = RequestInvalid({{"a", "is bad"}, {"b.c", "is worse"}});
  const auto bad_requests = WireStatus(ToGrpcStatus(error, "r1")).All<google::rpc::BadRequest>();
  ASSERT_EQ(bad_requests.size(), 1u);
  ASSERT_EQ(bad_requests[0].field_violations_size(), 2);
  EXPECT_EQ(bad_requests[0].field_violations(1).field(), "b.c");
  EXPECT_EQ(bad_requests[0].field_violations(1).description(), "is worse");
}

TEST(StatusConversionTest, StaysBelowWhatClientsAccept) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < 200; ++i)
    violations.push_back({absl::StrCat("field", i), std::string(200, 'x')});
  const grpc::Status status = ToGrpcStatus(RequestInvalid(violations), "r1");
  // Details go out in base64.
  EXPECT_LT(status.error_message().size() + status.error_details().size() * 4 / 3, 8192u);
  const auto bad_requests = WireStatus(status).All<google::rpc::BadRequest>();
  ASSERT_EQ(bad_requests.size(), 1u);
  EXPECT_GT(bad_requests[0].field_violations_size(), 10);
}

TEST(StatusConversionTest, CutsMessagesBetweenCharacters) {
  std::string message(1023, 'x');
  for (int i = 0; i < 10; ++i) message += "é";
  const grpc::Status status = ToGrpcStatus(MakeError(v1::ERROR_REASON_INTERNAL, message), "r1");
  EXPECT_EQ(status.error_message(), std::string(1023, 'x') + "...");
}

TEST(StatusConversionTest, ExplainedErrorsAreFitForTheCaller) {
  const absl::Status error =
      MakeError(v1::ERROR_REASON_INTERNAL, "key k1 is missing from the key ring");
  EXPECT_EQ(FitForCaller(error, {}), error);
}

TEST(StatusConversionTest, UnexplainedErrorsAreLoggedAndNeutralized) {
  RequestContext context;
  context.request_id = "r1";
  testing::internal::CaptureStderr();
  const absl::Status fit = FitForCaller(absl::DataLossError("slot 7 is torn"), context);
  FlushLog(absl::Minutes(1));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(ReasonOf(fit), v1::ERROR_REASON_INTERNAL);
  EXPECT_EQ(fit.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(fit.message()), HasSubstr("r1"));
  EXPECT_THAT(std::string(fit.message()), Not(HasSubstr("torn")));
  EXPECT_THAT(log, HasSubstr("slot 7 is torn"));
  EXPECT_THAT(log, HasSubstr("DATA_LOSS"));
  EXPECT_THAT(log, HasSubstr("\"request_id\":\"r1\""));
}

}  // namespace
}  // namespace evertoken
