#include "server/base/token_bucket.h"

#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

// How many tokens can be taken at this moment.
int TakeAll(TokenBucket* bucket) {
  int taken = 0;
  while (taken < 1000 && bucket->Take()) ++taken;
  return taken;
}

TEST(TokenBucketTest, GivesItsBurstAtOnceAndThenItsRate) {
  FakeClock clock;
  TokenBucket bucket(4, 20, &clock);
  EXPECT_EQ(TakeAll(&bucket), 20);
  clock.Advance(absl::Milliseconds(249));
  EXPECT_FALSE(bucket.Take());
  clock.Advance(absl::Milliseconds(2));
  EXPECT_EQ(TakeAll(&bucket), 1);
  clock.Advance(absl::Seconds(2));
  EXPECT_EQ(TakeAll(&bucket), 8);
}

TEST(TokenBucketTest, AsksInVainCostNothing) {
  FakeClock clock;
  TokenBucket bucket(1, 1, &clock);
  EXPECT_EQ(TakeAll(&bucket), 1);
  for (int i = 0; i < 16; ++i) {
    EXPECT_FALSE(bucket.Take()) << i;
    clock.Advance(absl::Milliseconds(62.5));
  }
  EXPECT_EQ(TakeAll(&bucket), 1);
}

TEST(TokenBucketTest, AQuietTimeGivesNoMoreThanTheBurst) {
  FakeClock clock;
  TokenBucket bucket(100, 5, &clock);
  clock.Advance(absl::Hours(1000));
  EXPECT_EQ(TakeAll(&bucket), 5);
}

TEST(TokenBucketTest, AClockThatIsSetBackGivesNothingAndHoldsNothingUp) {
  FakeClock clock;
  TokenBucket bucket(1, 2, &clock);
  EXPECT_EQ(TakeAll(&bucket), 2);
  clock.Advance(-absl::Hours(1));
  EXPECT_EQ(TakeAll(&bucket), 0);
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(TakeAll(&bucket), 1);
}

}  // namespace
}  // namespace evertoken
