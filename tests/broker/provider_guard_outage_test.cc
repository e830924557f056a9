// What a provider's answers do to the calls after them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/broker/guard_fixture.h"

namespace evertoken {
namespace {

using Kind = CallOutcome::Kind;
using ::testing::HasSubstr;

using ProviderGuardOutageTest = GuardFixture;

TEST_F(ProviderGuardOutageTest, NobodyCallsBeforeTheTimeThatAThrottledReplyTold) {
  Enter().Report(Kind::kThrottled, absl::Seconds(20));
  const GuardedCall early = Enter();
  EXPECT_EQ(early.refusal(), v1::ERROR_REASON_PROVIDER_RATE_LIMITED);
  EXPECT_EQ(early.retry_after(), absl::Seconds(20));
  executor.Advance(absl::Milliseconds(19999));
  EXPECT_EQ(Enter({.call = ProviderCall::kProfile}).retry_after(), absl::Milliseconds(1));
  executor.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Enter().admitted());
}

TEST_F(ProviderGuardOutageTest, WhoWaitsWhenAPauseBeginsIsTurnedAway) {
  limits()->set_concurrent_calls(1);
  GuardedCall busy = Enter();
  const GuardedCall waiter = Enter();
  const GuardedCall due = Enter({.priority = Priority::kBackground});
  busy.Report(Kind::kThrottled, absl::Seconds(20));
  executor.RunUntilIdle();
  EXPECT_EQ(waiter.refusal(), v1::ERROR_REASON_PROVIDER_RATE_LIMITED);
  EXPECT_EQ(due.refusal(), v1::ERROR_REASON_PROVIDER_RATE_LIMITED);
}

TEST_F(ProviderGuardOutageTest, TheLongestPauseCountsAndNoneIsForEver) {
  GuardedCall one = Enter();
  GuardedCall two = Enter();
  GuardedCall three = Enter();
  one.Report(Kind::kThrottled, absl::Seconds(20));
  two.Report(Kind::kThrottled, absl::Seconds(5));
  EXPECT_EQ(Enter().retry_after(), absl::Seconds(20));
  three.Report(Kind::kThrottled, absl::Hours(1000));
  EXPECT_EQ(Enter().retry_after(), absl::Hours(1));
}

TEST_F(ProviderGuardOutageTest, AUsedUpQuotaIsWaitedForAfterASuccessToo) {
  Enter().Report(Kind::kWorks, absl::Seconds(30));
  EXPECT_EQ(Enter().refusal(), v1::ERROR_REASON_PROVIDER_RATE_LIMITED);
  EXPECT_THAT(
      metrics.Serialize(),
      HasSubstr("evertoken_provider_pauses_total{cause=\"quota_used_up\",provider=\"acme\"} 1\n"));
}

TEST_F(ProviderGuardOutageTest, AnOutageThatTellsItsEndIsWaitedFor) {
  Enter().Report(Kind::kDown, absl::Seconds(30));
  const GuardedCall refused = Enter();
  EXPECT_EQ(refused.refusal(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_EQ(refused.retry_after(), absl::Seconds(30));
}

TEST_F(ProviderGuardOutageTest, WhereUsersAreCountedApartOneUsersQuotaStopsNobodyElse) {
  limits()->set_profile_limits_per_user(true);
  const Target profile = {.call = ProviderCall::kProfile};
  Enter(profile).Report(Kind::kThrottled, absl::Hours(1));
  Enter(profile).Report(Kind::kWorks, absl::Hours(1));
  EXPECT_TRUE(Enter(profile).admitted());
  // The token endpoint counts the client, and an outage is everybody's.
  Enter(profile).Report(Kind::kDown, absl::Seconds(20));
  EXPECT_EQ(Enter(profile).retry_after(), absl::Seconds(20));
  executor.Advance(absl::Seconds(20));
  Enter().Report(Kind::kThrottled, absl::Seconds(10));
  EXPECT_EQ(Enter(profile).retry_after(), absl::Seconds(10));
}

TEST_F(ProviderGuardOutageTest, AnOpenCircuitAnswersAtOnceAndLetsOneProbeGo) {
  random = 0.5;
  CallTimes(5, Kind::kDown);
  const GuardedCall refused = Enter();
  EXPECT_EQ(refused.refusal(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_EQ(refused.retry_after(), absl::Milliseconds(1500));
  executor.Advance(absl::Milliseconds(1500));
  GuardedCall probe = Enter();
  EXPECT_TRUE(probe.admitted());
  EXPECT_EQ(Enter().refusal(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  probe.Report(Kind::kDown);
  EXPECT_EQ(Enter().retry_after(), absl::Milliseconds(2500));
  executor.Advance(absl::Milliseconds(2500));
  Enter().Report(Kind::kWorks);
  const GuardedCall one = Enter();
  const GuardedCall two = Enter();
  EXPECT_TRUE(one.admitted());
  EXPECT_TRUE(two.admitted());
}

TEST_F(ProviderGuardOutageTest, AProbeThatIsLostLetsAnotherGo) {
  CallTimes(5, Kind::kDown);
  executor.Advance(absl::Seconds(1));
  GuardedCall probe = Enter();
  EXPECT_FALSE(Enter().admitted());
  probe.Drop();
  EXPECT_TRUE(Enter().admitted());
}

TEST_F(ProviderGuardOutageTest, WhoWaitsWhenTheCircuitOpensIsTurnedAway) {
  limits()->set_concurrent_calls(5);
  std::vector<GuardedCall> calls;
  for (int i = 0; i < 11; ++i) calls.push_back(Enter());
  for (int i = 0; i < 4; ++i) calls[i].Report(Kind::kDown);
  executor.RunUntilIdle();
  EXPECT_TRUE(calls[8].admitted());
  EXPECT_TRUE(calls[9].waits());
  calls[4].Report(Kind::kDown);
  executor.RunUntilIdle();
  EXPECT_EQ(calls[9].refusal(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_EQ(calls[10].refusal(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
}

TEST_F(ProviderGuardOutageTest, TwoWhoWaitedDoNotBothBecomeTheProbe) {
  limits()->set_concurrent_calls(1);
  CallTimes(5, Kind::kDown);
  // A profile call holds the only slot while the circuit of the token endpoint becomes ready for its probe.
  GuardedCall profile = Enter({.call = ProviderCall::kProfile});
  executor.Advance(absl::Seconds(1));
  GuardedCall one = Enter();
  GuardedCall two = Enter();
  EXPECT_TRUE(one.waits());
  EXPECT_TRUE(two.waits());
  profile.Report(Kind::kWorks);
  executor.RunUntilIdle();
  EXPECT_TRUE(one.admitted());
  EXPECT_EQ(two.refusal(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
}

TEST_F(ProviderGuardOutageTest, RefusalsOfGrantsDoNotOpenTheCircuit) {
  for (int i = 0; i < 50; ++i) {
    GuardedCall call = Enter();
    call.Report(OutcomeOf(MakeError(v1::ERROR_REASON_GRANT_REVOKED, "x")).kind);
  }
  EXPECT_TRUE(Enter().admitted());
}

TEST_F(ProviderGuardOutageTest, ARefusedClientStopsItsOwnAppAtItsOwnProviderOnly) {
  CallTimes(3, Kind::kClientRefused);
  const GuardedCall refused = Enter();
  EXPECT_EQ(refused.refusal(), v1::ERROR_REASON_PROVIDER_MISCONFIGURED);
  EXPECT_EQ(refused.retry_after(), absl::Seconds(10));
  EXPECT_TRUE(Enter({.app = "blog"}).admitted());
  EXPECT_TRUE(Enter({.provider = "globex"}).admitted());
  // Access tokens still work: profiles need no client secret.
  EXPECT_TRUE(Enter({.call = ProviderCall::kProfile}).admitted());
  // The operator mends it; a probe finds out.
  executor.Advance(absl::Seconds(10));
  Enter().Report(Kind::kWorks);
  EXPECT_TRUE(Enter().admitted());
}

TEST_F(ProviderGuardOutageTest, ProfilesThatCannotBeHadStopNoRenewal) {
  CallTimes(5, Kind::kDown, {.call = ProviderCall::kProfile});
  EXPECT_FALSE(Enter({.call = ProviderCall::kProfile}).admitted());
  EXPECT_TRUE(Enter().admitted());
}

TEST_F(ProviderGuardOutageTest, AnOutageOfOneProviderSlowsNoOther) {
  limits()->set_concurrent_calls(3);
  // One provider swallows everything that is sent to it, and its line fills up.
  std::vector<GuardedCall> stuck;
  for (int i = 0; i < 18; ++i) stuck.push_back(Enter({.patience = absl::Seconds(10)}));
  EXPECT_FALSE(Enter().waits());
  const absl::Time before = clock.Now();
  for (int i = 0; i < 100; ++i) {
    GuardedCall other = Enter({.provider = "globex"});
    ASSERT_TRUE(other.admitted());
    other.Report(Kind::kWorks);
  }
  EXPECT_EQ(clock.Now(), before);
  for (int i = 0; i < 5; ++i) {
    stuck[i].Report(Kind::kDown);
    executor.RunUntilIdle();
  }
  EXPECT_EQ(stuck[17].refusal(), v1::ERROR_REASON_PROVIDER_UNAVAILABLE);
  EXPECT_TRUE(Enter({.provider = "globex"}).admitted());
}

TEST_F(ProviderGuardOutageTest, ShowsOpenCircuits) {
  CallTimes(5, Kind::kDown);
  CallTimes(3, Kind::kClientRefused, {.app = "blog"});
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr("evertoken_provider_circuits_open{provider=\"acme\"} 2\n"));
  EXPECT_FALSE(Enter().admitted());
  EXPECT_THAT(
      metrics.Serialize(),
      HasSubstr(
          "evertoken_provider_refusals_total{provider=\"acme\",reason=\"circuit_open\"} 1\n"));
  executor.Advance(absl::Seconds(1));
  Enter().Report(Kind::kDown);
  executor.Advance(absl::Seconds(1));
  Enter().Report(Kind::kWorks);
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr("evertoken_provider_circuits_open{provider=\"acme\"} 1\n"));
}

TEST(RenewalCallTest, ALivenessCheckAsksForTheProfile) {
  config::v1::Provider entry;
  entry.mutable_renewal()->set_kind(config::v1::Provider::Renewal::KIND_REFRESH_TOKEN_GRANT);
  EXPECT_EQ(RenewalCall(entry), ProviderCall::kToken);
  entry.mutable_renewal()->set_kind(config::v1::Provider::Renewal::KIND_LIVENESS_CHECK);
  EXPECT_EQ(RenewalCall(entry), ProviderCall::kProfile);
}

}  // namespace
}  // namespace evertoken
