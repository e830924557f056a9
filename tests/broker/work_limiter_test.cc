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
  // Nobody is left waiting.
  ~WorkLimiterTest() override {
    if (limiter_ != nullptr) limiter_->Stop();
    executor_.RunUntilIdle();
  }

  WorkLimiter& Make(double rate, int concurrent) {
    limiter_ = std::make_unique<WorkLimiter>(&executor_, &clock_, rate, concurrent);
    return *limiter_;
  }

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
  std::unique_ptr<WorkLimiter> limiter_;
  std::shared_ptr<std::optional<bool>> waiting_;
};

TEST_F(WorkLimiterTest, BeginsAtTheRate) {
  WorkLimiter& limiter = Make(/*rate=*/10, /*concurrent=*/1000);
  EXPECT_EQ(Begin(&limiter, absl::Milliseconds(50)), 1);
  EXPECT_NEAR(Begin(&limiter, absl::Seconds(10)), 100, 1);
}

TEST_F(WorkLimiterTest, RatesBelowOneASecondWork) {
  WorkLimiter& limiter = Make(/*rate=*/0.1, /*concurrent=*/5);
  EXPECT_EQ(Begin(&limiter, absl::Seconds(9)), 1);
  EXPECT_EQ(Begin(&limiter, absl::Seconds(2)), 1);
}

TEST_F(WorkLimiterTest, NoMoreAreUnderWayThanAllowed) {
  WorkLimiter& limiter = Make(/*rate=*/1000, /*concurrent=*/3);
  EXPECT_EQ(Begin(&limiter, absl::Seconds(1)), 3);
  EXPECT_EQ(limiter.under_way(), 3);
  limiter.End(/*counts=*/true);
  EXPECT_EQ(Begin(&limiter, absl::Seconds(1)), 1);
  EXPECT_EQ(limiter.under_way(), 3);
}

TEST_F(WorkLimiterTest, WhatDoesNotCountCostsAFractionOfTheRate) {
  WorkLimiter& limiter = Make(/*rate=*/1, /*concurrent=*/3);
  int begun = 0;
  const absl::Time end = clock_.Now() + absl::Seconds(20);
  while (clock_.Now() < end) {
    if (!waiting_) waiting_ = executor_.Start(limiter.Begin());
    executor_.RunUntilIdle();
    if (waiting_->has_value()) {
      waiting_.reset();
      limiter.End(/*counts=*/false);
      ++begun;
    } else {
      executor_.Advance(absl::Milliseconds(1));
    }
  }
  EXPECT_NEAR(begun, 20 * WorkLimiter::kUncounted, 2);
}

TEST_F(WorkLimiterTest, StopSendsAwayWhoWaitsAndWhoComesLater) {
  WorkLimiter& limiter = Make(/*rate=*/1, /*concurrent=*/1);
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
