#include "server/provider/retry_after.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
const absl::Time kNow = absl::FromUnixSeconds(784111777);

TEST(RetryAfterTest, ReadsSecondsAndDates) {
  EXPECT_EQ(ParseRetryAfter("120", kNow), absl::Seconds(120));
  EXPECT_EQ(ParseRetryAfter(" 7 ", kNow), absl::Seconds(7));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:37 GMT", kNow), absl::Seconds(60));
}

TEST(RetryAfterTest, KeepsWithinBounds) {
  EXPECT_EQ(ParseRetryAfter("0", kNow), absl::Seconds(1));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", kNow), absl::Seconds(1));
  EXPECT_EQ(ParseRetryAfter("86400", kNow), absl::Hours(1));
  EXPECT_EQ(ParseRetryAfter("99999999999999999999999", kNow), absl::Hours(1));
}

TEST(RetryAfterTest, IgnoresAnythingElse) {
  for (const char* text : {"", "soon", "-5", "1.5", "1h", "1994-11-06"}) {
    EXPECT_FALSE(ParseRetryAfter(text, kNow).has_value()) << text;
  }
}

}  // namespace
}  // namespace evertoken
