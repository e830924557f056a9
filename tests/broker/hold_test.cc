#include "server/broker/hold.h"

#include "gtest/gtest.h"

namespace evertoken {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1900000000);

TEST(HoldTest, LastsItsLength) {
  Hold hold;
  EXPECT_EQ(hold.Remaining(kNow), absl::ZeroDuration());
  hold.Extend(kNow, absl::Seconds(10));
  EXPECT_EQ(hold.Remaining(kNow), absl::Seconds(10));
  EXPECT_EQ(hold.Remaining(kNow + absl::Seconds(9)), absl::Seconds(1));
  EXPECT_EQ(hold.Remaining(kNow + absl::Seconds(11)), absl::ZeroDuration());
}

TEST(HoldTest, TheOneThatLastsLongerStays) {
  Hold hold;
  hold.Extend(kNow, absl::Seconds(10));
  hold.Extend(kNow, absl::Seconds(5));
  EXPECT_EQ(hold.Remaining(kNow), absl::Seconds(10));
  hold.Extend(kNow + absl::Seconds(6), absl::Seconds(5));
  EXPECT_EQ(hold.Remaining(kNow + absl::Seconds(6)), absl::Seconds(5));
  hold.End();
  EXPECT_EQ(hold.Remaining(kNow + absl::Seconds(6)), absl::ZeroDuration());
}

TEST(HoldTest, AClockThatIsSetBackDoesNotProlongItBeyondItsLength) {
  Hold hold;
  hold.Extend(kNow, absl::Seconds(10));
  const absl::Time back = kNow - absl::Hours(5);
  EXPECT_EQ(hold.Remaining(back), absl::Seconds(10));
  EXPECT_EQ(hold.Remaining(back + absl::Seconds(10)), absl::ZeroDuration());
}

}  // namespace
}  // namespace evertoken
