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

TEST(TokenBucketTest, TellsWhenATokenComes) {
  FakeClock clock;
  TokenBucket bucket(4, 2, &clock);
  EXPECT_EQ(bucket.TimeTo(2), absl::ZeroDuration());
  EXPECT_EQ(bucket.TimeTo(3), absl::Milliseconds(250));
  EXPECT_EQ(TakeAll(&bucket), 2);
  EXPECT_EQ(bucket.TimeTo(1), absl::Milliseconds(250));
  EXPECT_EQ(bucket.TimeTo(10), absl::Milliseconds(2500));
  clock.Advance(absl::Milliseconds(100));
  EXPECT_EQ(bucket.TimeTo(1), absl::Milliseconds(150));
}

TEST(TokenBucketTest, WhoeverWaitsAsToldFindsAToken) {
  FakeClock clock;
  for (const double per_second : {0.001, 0.3, 3.0, 7.0, 999.0, 100000.0}) {
    TokenBucket bucket(per_second, 1, &clock);
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(bucket.Take()) << per_second;
      const absl::Duration wait = bucket.TimeTo(1);
      EXPECT_GT(wait, absl::ZeroDuration()) << per_second;
      clock.Advance(wait);
    }
  }
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

TEST(TokenBucketTest, TokensThatAreGivenBackCountUpToTheBurst) {
  FakeClock clock;
  TokenBucket bucket(1, 2, &clock);
  EXPECT_EQ(TakeAll(&bucket), 2);
  bucket.Return();
  EXPECT_EQ(TakeAll(&bucket), 1);
  for (int i = 0; i < 5; ++i) bucket.Return();
  EXPECT_EQ(TakeAll(&bucket), 2);
}

}  // namespace
}  // namespace evertoken
