#include "server/broker/call_budget.h"

#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

constexpr Priority kCaller = Priority::kCaller;
constexpr Priority kBackground = Priority::kBackground;

CallLimits Limits(double per_second, int burst, int concurrent) {
  CallLimits limits;
  limits.per_second = per_second;
  limits.burst = burst;
  limits.concurrent = concurrent;
  return limits;
}

// Begins calls until no more may begin now; gives their number.
int TakeAll(CallBudget* budget, Priority priority) {
  int taken = 0;
  while (taken < 1000 && budget->HasSlot(priority) &&
         budget->TimeTo(priority, 0, 0) == absl::ZeroDuration()) {
    budget->Take(priority);
    ++taken;
  }
  return taken;
}

TEST(CallBudgetTest, CountsCallsInFlight) {
  FakeClock clock;
  CallBudget budget(Limits(0, 0, 3), &clock);
  EXPECT_EQ(TakeAll(&budget, kCaller), 3);
  budget.Return(kCaller);
  EXPECT_EQ(TakeAll(&budget, kCaller), 1);
}

TEST(CallBudgetTest, BackgroundCallsLeaveAQuarterOfTheSlots) {
  FakeClock clock;
  CallBudget budget(Limits(0, 0, 8), &clock);
  EXPECT_EQ(TakeAll(&budget, kBackground), 6);
  EXPECT_EQ(TakeAll(&budget, kCaller), 2);
  budget.Return(kCaller);
  EXPECT_EQ(TakeAll(&budget, kBackground), 0);
  budget.Return(kBackground);
  EXPECT_EQ(TakeAll(&budget, kBackground), 1);
}

TEST(CallBudgetTest, BackgroundCallsLeaveAQuarterOfTheRate) {
  FakeClock clock;
  CallBudget budget(Limits(4, 8, 1000), &clock);
  EXPECT_EQ(TakeAll(&budget, kBackground), 6);
  EXPECT_EQ(TakeAll(&budget, kCaller), 2);
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(TakeAll(&budget, kBackground), 3);
  EXPECT_EQ(TakeAll(&budget, kCaller), 1);
}

TEST(CallBudgetTest, CallersMayUseAllOfIt) {
  FakeClock clock;
  CallBudget budget(Limits(4, 8, 1000), &clock);
  EXPECT_EQ(TakeAll(&budget, kCaller), 8);
  EXPECT_EQ(TakeAll(&budget, kBackground), 0);
}

TEST(CallBudgetTest, TheSmallestBudgetServesBoth) {
  FakeClock clock;
  CallBudget budget(Limits(0.5, 1, 1), &clock);
  EXPECT_EQ(TakeAll(&budget, kBackground), 1);
  budget.Return(kBackground);
  EXPECT_EQ(budget.TimeTo(kCaller, 0, 0), absl::Seconds(2));
  clock.Advance(absl::Seconds(4));
  EXPECT_EQ(TakeAll(&budget, kBackground), 1);
}

TEST(CallBudgetTest, TellsTheWaitBehindOthers) {
  FakeClock clock;
  CallBudget budget(Limits(4, 4, 1000), &clock);
  EXPECT_EQ(TakeAll(&budget, kCaller), 4);
  EXPECT_EQ(budget.TimeTo(kCaller, 0, 0), absl::Milliseconds(250));
  EXPECT_EQ(budget.TimeTo(kCaller, 7, 0), absl::Seconds(2));
  EXPECT_EQ(budget.TimeTo(kBackground, 7, 0), absl::Seconds(2));
  EXPECT_EQ(budget.TimeTo(kBackground, 0, 8), absl::Milliseconds(2250));
  clock.Advance(absl::Seconds(100));
  EXPECT_EQ(TakeAll(&budget, kBackground), 3);
  EXPECT_EQ(budget.TimeTo(kBackground, 0, 2), absl::Seconds(1));
}

TEST(CallBudgetTest, ChangedLimitsCountWhatIsInFlight) {
  FakeClock clock;
  CallBudget budget(Limits(0, 0, 3), &clock);
  EXPECT_EQ(TakeAll(&budget, kCaller), 3);
  budget.SetLimits(Limits(2, 2, 4));
  EXPECT_EQ(TakeAll(&budget, kCaller), 1);
  budget.SetLimits(Limits(2, 2, 1000));
  EXPECT_EQ(TakeAll(&budget, kCaller), 1);  // what is left of the burst
  budget.SetLimits(Limits(0, 0, 5));
  EXPECT_EQ(TakeAll(&budget, kCaller), 0);
}

}  // namespace
}  // namespace evertoken
