#include "server/base/error.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;
using Code = absl::StatusCode;

// The table that callers read in error_reason.proto.
const std::map<ErrorReason, Code>& PublicCodes() {
  static const auto* const codes = new std::map<ErrorReason, Code>{
      {v1::ERROR_REASON_REQUEST_INVALID, Code::kInvalidArgument},
      {v1::ERROR_REASON_PROVIDER_UNKNOWN, Code::kInvalidArgument},
      {v1::ERROR_REASON_PROVIDER_DISABLED, Code::kFailedPrecondition},
      {v1::ERROR_REASON_CREDENTIAL_REJECTED, Code::kInvalidArgument},
      {v1::ERROR_REASON_TOKEN_NOT_FOUND, Code::kNotFound},
      {v1::ERROR_REASON_TOKEN_EXPIRED, Code::kNotFound},
      {v1::ERROR_REASON_GRANT_REVOKED, Code::kFailedPrecondition},
      {v1::ERROR_REASON_GRANT_EXPIRED, Code::kFailedPrecondition},
      {v1::ERROR_REASON_USER_ACTION_REQUIRED, Code::kFailedPrecondition},
      {v1::ERROR_REASON_SCOPE_MISSING, Code::kFailedPrecondition},
      {v1::ERROR_REASON_REFRESH_AMBIGUOUS, Code::kFailedPrecondition},
      {v1::ERROR_REASON_REFRESH_NOT_SUPPORTED, Code::kFailedPrecondition},
      {v1::ERROR_REASON_PROVIDER_MISCONFIGURED, Code::kInternal},
      {v1::ERROR_REASON_PROVIDER_RATE_LIMITED, Code::kResourceExhausted},
      {v1::ERROR_REASON_PROVIDER_UNAVAILABLE, Code::kUnavailable},
      {v1::ERROR_REASON_PROVIDER_REPLY_INVALID, Code::kInternal},
      {v1::ERROR_REASON_STORE_UNAVAILABLE, Code::kUnavailable},
      {v1::ERROR_REASON_SERVER_OVERLOADED, Code::kResourceExhausted},
      {v1::ERROR_REASON_CALLER_UNKNOWN, Code::kUnauthenticated},
      {v1::ERROR_REASON_CALLER_FORBIDDEN, Code::kPermissionDenied},
      {v1::ERROR_REASON_INTERNAL, Code::kInternal},
      {v1::ERROR_REASON_NOT_SERVED, Code::kUnimplemented},
      {v1::ERROR_REASON_EVENTS_LOST, Code::kOutOfRange},
      {v1::ERROR_REASON_SERVER_STOPPING, Code::kUnavailable},
  };
  return *codes;
}

TEST(ErrorTest, EveryReasonHasItsPublicCodeAndName) {
  for (int value = v1::ErrorReason_MIN + 1; value <= v1::ErrorReason_MAX; ++value) {
    if (!v1::ErrorReason_IsValid(value)) continue;
    const auto reason = static_cast<ErrorReason>(value);
    ASSERT_TRUE(PublicCodes().contains(reason))
        << ReasonName(reason) << " is missing in this test's table";
    const absl::Status status = MakeError(reason, "what to do");
    EXPECT_THAT(status, StatusIs(PublicCodes().at(reason), "what to do")) << ReasonName(reason);
    EXPECT_EQ(ReasonOf(status), reason);
    EXPECT_EQ(ReasonFromName(ReasonName(reason)), reason);
  }
  EXPECT_EQ(ReasonName(v1::ERROR_REASON_GRANT_REVOKED), "GRANT_REVOKED");
}

TEST(ErrorTest, OtherStatusesHaveNoReason) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(absl::AbortedError("x")), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonFromName("NO_SUCH_REASON"), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonFromName("ERROR_REASON_GRANT_REVOKED"), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonFromName(""), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(ErrorTest, RetryAfterIsRoundedUpAndNeverNegative) {
  const absl::Status error = MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "down");
  EXPECT_EQ(RetryAfterOf(error), std::nullopt);
  EXPECT_THAT(RetryAfterOf(WithRetryAfter(error, absl::Seconds(3))), Optional(absl::Seconds(3)));
  EXPECT_THAT(RetryAfterOf(WithRetryAfter(error, absl::Microseconds(1))),
              Optional(absl::Milliseconds(1)));
  EXPECT_THAT(RetryAfterOf(WithRetryAfter(error, -absl::Seconds(3))),
              Optional(absl::ZeroDuration()));
  EXPECT_THAT(WithRetryAfter(error, absl::Seconds(3)),
              HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
}

TEST(ErrorTest, MetadataComesBackInOrder) {
  absl::Status error = MakeError(v1::ERROR_REASON_SCOPE_MISSING, "scope");
  EXPECT_THAT(MetadataOf(error), IsEmpty());
  error = WithMetadata(error, "scopes", "email profile");
  error = WithMetadata(error, "empty", "");
  error = WithMetadata(error, "odd",
                       "a\x1e"
                       "b\x1f"
                       "c");
  EXPECT_THAT(MetadataOf(error), ElementsAre(Pair("scopes", "email profile"), Pair("empty", ""),
                                             Pair("odd", "a b c")));
}

TEST(ErrorTest, EveryBadFieldIsTold) {
  const absl::Status error =
      RequestInvalid({{"access_token", "is empty"}, {"max_age", "is negative\x1e!"}});
  EXPECT_THAT(error, HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  EXPECT_THAT(error,
              StatusIs(Code::kInvalidArgument, HasSubstr("access_token: is empty; max_age: ")));
  const std::vector<FieldViolation> violations = FieldViolationsOf(error);
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0].field, "access_token");
  EXPECT_EQ(violations[0].description, "is empty");
  EXPECT_EQ(violations[1].description, "is negative !");
  EXPECT_THAT(FieldViolationsOf(absl::OkStatus()), IsEmpty());
}

}  // namespace
}  // namespace evertoken
