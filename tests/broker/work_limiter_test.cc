#include "server/broker/work_limiter.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"

namespace evertoken {
namespace {

class WorkLimiterTest : public testing::Test {
 protected:
  // How many begin within `time`, each as soon as it may.
  int Begin(WorkLimiter* limiter, absl::Duration time) {
    int begun = 0;
    const absl::Time end = clock_.Now() + time;
    while (true) {
      if (!waiting_) waiting_ = executor_.Start(limiter->Begin());
      executor_.RunUntilIdle();
      while (!waiting_->has_value() && clock_.Now() < end) executor_.Advance(absl::Milliseconds(1));
      if (!waiting_->has_value()) return begun;
      EXPECT_TRUE(**waiting_);
      waiting_.reset();
      ++begun;
    }
  }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  std::shared_ptr<std::optional<bool>> waiting_;
};

TEST_F(WorkLimiterTest, BeginsAtTheRate) {
  WorkLimiter limiter(&executor_, &clock_, /*rate=*/10, /*concurrent=*/1000);
  EXPECT_EQ(Begin(&limiter, absl::Milliseconds(50)), 1);
  EXPECT_NEAR(Begin(&limiter, absl::Seconds(10)), 100, 1);
}

TEST_F(WorkLimiterTest, RatesBelowOneASecondWork) {
  WorkLimiter limiter(&executor_, &clock_, /*rate=*/0.1, /*concurrent=*/5);
  EXPECT_EQ(Begin(&limiter, absl::Seconds(9)), 1);
  EXPECT_EQ(Begin(&limiter, absl::Seconds(2)), 1);
}

TEST_F(WorkLimiterTest, NoMoreAreUnderWayThanAllowed) {
  WorkLimiter limiter(&executor_, &clock_, /*rate=*/1000, /*concurrent=*/3);
  EXPECT_EQ(Begin(&limiter, absl::Seconds(1)), 3);
  EXPECT_EQ(limiter.under_way(), 3);
  limiter.End(/*counts=*/true);
  EXPECT_EQ(Begin(&limiter, absl::Seconds(1)), 1);
  EXPECT_EQ(limiter.under_way(), 3);
}

TEST_F(WorkLimiterTest, WhatDoesNotCountGivesItsPlaceInTheRateBack) {
  WorkLimiter limiter(&executor_, &clock_, /*rate=*/1, /*concurrent=*/3);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(Begin(&limiter, absl::ZeroDuration()), 1);
    limiter.End(/*counts=*/false);
    executor_.RunUntilIdle();
    if (waiting_ && waiting_->has_value()) {
      limiter.End(/*counts=*/false);
      waiting_.reset();
    }
  }
}

TEST_F(WorkLimiterTest, StopSendsAwayWhoWaitsAndWhoComesLater) {
  WorkLimiter limiter(&executor_, &clock_, /*rate=*/1, /*concurrent=*/1);
  ASSERT_EQ(Begin(&limiter, absl::ZeroDuration()), 1);
  limiter.Stop();
  executor_.RunUntilIdle();
  EXPECT_EQ(**waiting_, false);
  EXPECT_FALSE(executor_.Await(limiter.Begin()));
  EXPECT_EQ(executor_.pending_timers(), 0u);
  limiter.End(/*counts=*/true);
  EXPECT_EQ(limiter.under_way(), 0);
}

}  // namespace
}  // namespace evertoken
