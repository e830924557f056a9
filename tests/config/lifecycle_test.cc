#include "server/config/lifecycle.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

TEST(LifecycleTest, ReadsDaysOfIso8601Alone) {
  EXPECT_EQ(ParseDay("2026-09-30"), absl::CivilDay(2026, 9, 30));
  EXPECT_TRUE(ParseDay("2028-02-29").has_value());
  for (const char* text : {"", "2026", "2026-09", "2026-9-30", "2026-02-29", "2026-13-01",
                           "30-09-2026", "2026-09-30T00:00:00", " 2026-09-30", "soon"}) {
    EXPECT_FALSE(ParseDay(text).has_value()) << text;
  }
}

TEST(LifecycleTest, EndsAtMidnightOfItsDay) {
  config::v1::Provider entry;
  entry.mutable_lifecycle()->set_end_date("2026-09-30");
  FakeClock clock;
  const absl::Time midnight = absl::FromCivil(absl::CivilDay(2026, 9, 30), absl::UTCTimeZone());
  clock.Set(midnight - absl::Nanoseconds(1));
  EXPECT_FALSE(HasEnded(entry, clock.Now()));
  clock.Set(midnight);
  EXPECT_TRUE(HasEnded(entry, clock.Now()));
  EXPECT_TRUE(HasEnded(entry, midnight + absl::Hours(24 * 400)));
}

TEST(LifecycleTest, WithoutAnEndNothingEnds) {
  config::v1::Provider entry;
  EXPECT_FALSE(HasEnded(entry, absl::InfiniteFuture()));
  entry.mutable_lifecycle()->set_state(config::v1::Provider::Lifecycle::STATE_DEPRECATED);
  EXPECT_FALSE(HasEnded(entry, absl::InfiniteFuture()));
}

}  // namespace
}  // namespace evertoken
