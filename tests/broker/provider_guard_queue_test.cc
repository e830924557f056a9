// Budget, slots and the line before them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/broker/guard_fixture.h"

namespace evertoken {
namespace {

using Kind = CallOutcome::Kind;
using ::testing::HasSubstr;

constexpr Priority kBackground = Priority::kBackground;

using ProviderGuardQueueTest = GuardFixture;

TEST_F(ProviderGuardQueueTest, WithoutSettingsTwoThousandCallsGoAtOnce) {
  std::vector<GuardedCall> calls;
  for (int i = 0; i < 2000; ++i) calls.push_back(Enter());
  for (const GuardedCall& call : calls) EXPECT_TRUE(call.admitted());
  GuardedCall late = Enter();
  EXPECT_TRUE(late.waits());
  calls[7].Report(Kind::kWorks);
  executor.RunUntilIdle();
  EXPECT_TRUE(late.admitted());
}

TEST_F(ProviderGuardQueueTest, AFreedSlotGoesToTheOneWhoWaitsLongest) {
  limits()->set_concurrent_calls(1);
  GuardedCall first = Enter();
  GuardedCall second = Enter();
  GuardedCall third = Enter();
  EXPECT_TRUE(first.admitted());
  first.Report(Kind::kWorks);
  // Whoever comes now stands behind those who wait.
  GuardedCall fourth = Enter();
  executor.RunUntilIdle();
  EXPECT_TRUE(second.admitted());
  EXPECT_TRUE(third.waits());
  second.Drop();
  executor.RunUntilIdle();
  EXPECT_TRUE(third.admitted());
  EXPECT_TRUE(fourth.waits());
}

TEST_F(ProviderGuardQueueTest, CallersGoBeforeBackgroundCallsThatCameEarlier) {
  limits()->set_concurrent_calls(1);
  GuardedCall busy = Enter();
  GuardedCall due = Enter({.priority = kBackground});
  GuardedCall caller = Enter();
  busy.Report(Kind::kWorks);
  executor.RunUntilIdle();
  EXPECT_TRUE(caller.admitted());
  EXPECT_TRUE(due.waits());
  caller.Report(Kind::kWorks);
  executor.RunUntilIdle();
  EXPECT_TRUE(due.admitted());
}

TEST_F(ProviderGuardQueueTest, ABacklogLeavesSlotsForCallers) {
  limits()->set_concurrent_calls(4);
  std::vector<GuardedCall> due;
  for (int i = 0; i < 7; ++i) due.push_back(Enter({.priority = kBackground}));
  EXPECT_TRUE(due[2].admitted());
  EXPECT_TRUE(due[3].waits());
  GuardedCall caller = Enter();
  EXPECT_TRUE(caller.admitted());
  // The slot that a caller leaves is none for the backlog.
  caller.Report(Kind::kWorks);
  executor.RunUntilIdle();
  EXPECT_TRUE(due[3].waits());
  due[0].Report(Kind::kWorks);
  executor.RunUntilIdle();
  EXPECT_TRUE(due[3].admitted());
}

TEST_F(ProviderGuardQueueTest, TheLineIsBounded) {
  limits()->set_concurrent_calls(2);
  std::vector<GuardedCall> calls;
  for (int i = 0; i < 12; ++i) calls.push_back(Enter());
  EXPECT_TRUE(calls.back().waits());
  const GuardedCall refused = Enter();
  EXPECT_EQ(refused.refusal(), v1::ERROR_REASON_SERVER_OVERLOADED);
  EXPECT_EQ(refused.retry_after(), absl::Seconds(1));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("acme"));
  // A full line of callers is no refusal for background calls, which have one of their own.
  EXPECT_TRUE(Enter({.priority = kBackground}).waits());
  EXPECT_TRUE(Enter({.priority = kBackground}).waits());
  EXPECT_EQ(Enter({.priority = kBackground}).refusal(), v1::ERROR_REASON_SERVER_OVERLOADED);
  // Nor is a full line of those one for callers.
  calls[0].Report(Kind::kWorks);
  EXPECT_TRUE(Enter().waits());
}

TEST_F(ProviderGuardQueueTest, NobodyWaitsLongerThanToldAndNotLongerThanTenSeconds) {
  limits()->set_concurrent_calls(1);
  GuardedCall busy = Enter();
  const GuardedCall hasty = Enter({.patience = absl::Seconds(2)});
  const GuardedCall patient = Enter({.patience = absl::Hours(1)});
  executor.Advance(absl::Milliseconds(1999));
  EXPECT_TRUE(hasty.waits());
  executor.Advance(absl::Milliseconds(1));
  EXPECT_EQ(hasty.refusal(), v1::ERROR_REASON_SERVER_OVERLOADED);
  EXPECT_EQ(hasty.retry_after(), absl::Seconds(1));
  executor.Advance(absl::Milliseconds(7999));
  EXPECT_TRUE(patient.waits());
  executor.Advance(absl::Milliseconds(1));
  EXPECT_EQ(patient.refusal(), v1::ERROR_REASON_SERVER_OVERLOADED);
  // Those who gave up took nothing with them.
  busy.Report(Kind::kWorks);
  EXPECT_TRUE(Enter().admitted());
  EXPECT_EQ(executor.pending_timers(), 0u);
}

TEST_F(ProviderGuardQueueTest, ABudgetSpreadsCallsOverTime) {
  client.mutable_budget()->set_per_second(4);
  client.mutable_budget()->set_burst(2);
  std::vector<GuardedCall> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(Enter());
  EXPECT_TRUE(calls[0].admitted());
  EXPECT_TRUE(calls[1].admitted());
  EXPECT_TRUE(calls[2].waits());
  executor.Advance(absl::Milliseconds(249));
  EXPECT_TRUE(calls[2].waits());
  executor.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(calls[2].admitted());
  EXPECT_TRUE(calls[3].waits());
  executor.Advance(absl::Milliseconds(500));
  EXPECT_TRUE(calls[4].admitted());
}

TEST_F(ProviderGuardQueueTest, WhomTheBudgetCannotServeInTimeIsToldAtOnce) {
  limits()->set_calls_per_second(0.5);
  limits()->set_burst(1);
  EXPECT_TRUE(Enter().admitted());
  EXPECT_TRUE(Enter({.patience = absl::Seconds(3)}).waits());
  const GuardedCall third = Enter({.patience = absl::Seconds(3)});
  EXPECT_EQ(third.refusal(), v1::ERROR_REASON_SERVER_OVERLOADED);
  EXPECT_EQ(third.retry_after(), absl::Seconds(4));
  EXPECT_TRUE(Enter({.patience = absl::Seconds(4)}).waits());
}

TEST_F(ProviderGuardQueueTest, ABacklogLeavesBudgetForCallers) {
  client.mutable_budget()->set_per_second(4);
  client.mutable_budget()->set_burst(4);
  std::vector<GuardedCall> due;
  const auto admitted = [&due] {
    return std::count_if(due.begin(), due.end(), [](const auto& call) { return call.admitted(); });
  };
  for (int i = 0; i < 20; ++i)
    due.push_back(Enter({.priority = kBackground, .patience = absl::Seconds(10)}));
  EXPECT_EQ(admitted(), 3);
  EXPECT_TRUE(Enter().admitted());
  executor.Advance(absl::Milliseconds(3100));
  EXPECT_EQ(admitted(), 12);
  // What the backlog left in these seconds is there at once.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Enter().admitted()) << i;
}

TEST_F(ProviderGuardQueueTest, APermitThatIsLostFreesItsSlot) {
  limits()->set_concurrent_calls(1);
  GuardedCall lost = Enter();
  GuardedCall next = Enter();
  lost.Drop();
  executor.RunUntilIdle();
  EXPECT_TRUE(next.admitted());
  // A second report is none.
  next.Report(Kind::kWorks);
  next.Report(Kind::kWorks);
  next.Drop();
  GuardedCall one = Enter();
  EXPECT_TRUE(one.admitted());
  EXPECT_TRUE(Enter().waits());
}

TEST_F(ProviderGuardQueueTest, AppsAndProvidersHaveLinesOfTheirOwn) {
  limits()->set_concurrent_calls(1);
  const GuardedCall busy = Enter();
  EXPECT_TRUE(Enter().waits());
  const GuardedCall other_app = Enter({.app = "blog"});
  EXPECT_TRUE(other_app.admitted());
  const GuardedCall other_provider = Enter({.provider = "globex"});
  EXPECT_TRUE(other_provider.admitted());
}

TEST_F(ProviderGuardQueueTest, AChangedCatalogueChangesTheLimits) {
  limits()->set_concurrent_calls(1);
  const GuardedCall first = Enter();
  GuardedCall second = Enter();
  EXPECT_TRUE(second.waits());
  limits()->set_concurrent_calls(3);
  const GuardedCall third = Enter();
  executor.RunUntilIdle();
  EXPECT_TRUE(second.admitted());
  EXPECT_TRUE(third.admitted());
}

TEST_F(ProviderGuardQueueTest, AWaiterGoesOnOnItsOwnExecutor) {
  limits()->set_concurrent_calls(1);
  ManualExecutor other(&clock);
  GuardedCall busy = Enter();
  GuardedCall waiter = EnterOn(&other, Target());
  busy.Report(Kind::kWorks);
  executor.RunUntilIdle();
  EXPECT_TRUE(waiter.waits());
  other.RunUntilIdle();
  EXPECT_TRUE(waiter.admitted());
  EXPECT_EQ(other.pending_timers(), 0u);
}

TEST_F(ProviderGuardQueueTest, ShowsTheLineAndTheRefusals) {
  limits()->set_concurrent_calls(1);
  const GuardedCall busy = Enter();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Enter().waits());
  EXPECT_FALSE(Enter().waits());
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr("evertoken_provider_waiting_calls{provider=\"acme\"} 5\n"));
  EXPECT_THAT(
      metrics.Serialize(),
      HasSubstr("evertoken_provider_refusals_total{provider=\"acme\",reason=\"queue_full\"} 1\n"));
  executor.Advance(absl::Seconds(5));
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr("evertoken_provider_waiting_calls{provider=\"acme\"} 0\n"));
  EXPECT_THAT(
      metrics.Serialize(),
      HasSubstr(
          "evertoken_provider_refusals_total{provider=\"acme\",reason=\"waited_too_long\"} 5\n"));
}

}  // namespace
}  // namespace evertoken
