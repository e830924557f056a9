#include "server/web/error_page.h"

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "server/base/error.h"

namespace evertoken {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

RequestContext Context() {
  RequestContext context;
  context.request_id = "request-7";
  return context;
}

int HttpStatusOf(ErrorReason reason) {
  return ErrorResponse(MakeError(reason, "m"), Context()).status;
}

TEST(ErrorPageTest, EveryReasonHasAStatus) {
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_REQUEST_INVALID), 400);
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_CREDENTIAL_REJECTED), 400);
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_PROVIDER_UNKNOWN), 404);
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_PROVIDER_DISABLED), 403);
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_CALLER_UNKNOWN), 403);
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_PROVIDER_REPLY_INVALID), 502);
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_PROVIDER_MISCONFIGURED), 502);
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_PROVIDER_UNAVAILABLE), 503);
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_STORE_UNAVAILABLE), 503);
  EXPECT_EQ(HttpStatusOf(v1::ERROR_REASON_INTERNAL), 500);
  EXPECT_EQ(ErrorResponse(absl::UnknownError("?"), Context()).status, 500);
}

TEST(ErrorPageTest, SaysWhatHappenedAndWhoToAsk) {
  const WebResponse response = ErrorResponse(
      MakeError(v1::ERROR_REASON_REQUEST_INVALID, "the <state> came twice"), Context());
  EXPECT_THAT(response.body, HasSubstr("<p>The &lt;state&gt; came twice.</p>"));
  EXPECT_THAT(response.body, HasSubstr("request-7"));
}

TEST(ErrorPageTest, DoesNotShowOurOwnTroubles) {
  EXPECT_THAT(
      ErrorResponse(MakeError(v1::ERROR_REASON_INTERNAL, "key k7 is missing"), Context()).body,
      Not(HasSubstr("k7")));
  EXPECT_THAT(ErrorResponse(absl::InternalError("detail-x"), Context()).body,
              Not(HasSubstr("detail-x")));
}

TEST(ErrorPageTest, TellsHowLongToWait) {
  const absl::Status status =
      WithRetryAfter(MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "m"), absl::Milliseconds(1500));
  EXPECT_THAT(ErrorResponse(status, Context()).headers, Contains(Pair("Retry-After", "2")));
  EXPECT_THAT(ErrorResponse(MakeError(v1::ERROR_REASON_INTERNAL, "m"), Context()).headers,
              IsEmpty());
  EXPECT_EQ(OverloadedResponse(Context()).status, 503);
  EXPECT_THAT(OverloadedResponse(Context()).headers, Contains(Pair("Retry-After", "1")));
}

TEST(OAuthErrorTest, IsACodeOfTheStandardWhateverTheProviderSaid) {
  const absl::Status rejected = MakeError(v1::ERROR_REASON_CREDENTIAL_REJECTED, "m");
  EXPECT_EQ(OAuthErrorFor(rejected, "access_denied"), "access_denied");
  EXPECT_EQ(OAuthErrorFor(rejected, "user_cancelled_login"), "access_denied");
  EXPECT_EQ(OAuthErrorFor(rejected, "\"><script>"), "access_denied");
  EXPECT_EQ(OAuthErrorFor(rejected, ""), "access_denied");
  EXPECT_EQ(OAuthErrorFor(rejected, "invalid_scope"), "server_error");
  EXPECT_EQ(OAuthErrorFor(MakeError(v1::ERROR_REASON_PROVIDER_UNAVAILABLE, "m"), "server_error"),
            "server_error");
  EXPECT_EQ(OAuthErrorFor(MakeError(v1::ERROR_REASON_PROVIDER_UNAVAILABLE, "m"), ""),
            "temporarily_unavailable");
  EXPECT_EQ(OAuthErrorFor(MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "m"), ""),
            "temporarily_unavailable");
  EXPECT_EQ(OAuthErrorFor(MakeError(v1::ERROR_REASON_PROVIDER_REPLY_INVALID, "m"), ""),
            "server_error");
  EXPECT_EQ(OAuthErrorFor(MakeError(v1::ERROR_REASON_REQUEST_INVALID, "m"), ""), "invalid_request");
}

}  // namespace
}  // namespace evertoken
