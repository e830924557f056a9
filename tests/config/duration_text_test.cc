#include "server/config/duration_text.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(DurationTextTest, ReadsUnitsAndSums) {
  EXPECT_EQ(ParseDurationText("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(ParseDurationText("30s"), absl::Seconds(30));
  EXPECT_EQ(ParseDurationText("15m"), absl::Minutes(15));
  EXPECT_EQ(ParseDurationText("24h"), absl::Hours(24));
  EXPECT_EQ(ParseDurationText("60d"), absl::Hours(24 * 60));
  EXPECT_EQ(ParseDurationText("1d2h3m4s5ms"),
            absl::Hours(26) + absl::Minutes(3) + absl::Seconds(4) + absl::Milliseconds(5));
  EXPECT_EQ(ParseDurationText("0s"), absl::ZeroDuration());
}

TEST(DurationTextTest, RefusesEverythingElse) {
  for (const char* text : {"", "1", "s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1m1h",
                           "1s1s", "1w", "1us", "99999999999999999999s", "3652501d", "1e3s"}) {
    EXPECT_FALSE(ParseDurationText(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace evertoken
