// Grants that are tended without callers: what happens to one grant. How the work is shared and bounded: keep_alive_shards_test.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/agenda.h"
#include "server/broker/keep_alive_worker.h"
#include "server/store/memory/memory_store.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using Trouble = FakeTokenEndpoint::Trouble;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class KeepAliveTest : public testing::Test, protected BrokerFixture {
 protected:
  // Lets what hangs come to an end.
  ~KeepAliveTest() override {
    for (const std::unique_ptr<Replica>& dead : dead_) dead->faults->Recover();
    replica->broker->StopKeepAlive();
    executor.Advance(absl::Minutes(2));
  }

  void StartWorker() { replica->broker->StartKeepAlive(); }

  // A renewal for a caller whose process is cut off from the store once the provider was asked, and dies.
  void CrashInMidRenewal(const std::string& token, Trouble trouble) {
    std::unique_ptr<Replica> dying = NewReplica();
    idp.Cause(trouble);
    http.SetDelay(absl::Seconds(1));
    auto renewal = executor.Start(
        dying->broker->RefreshToken(Caller{AppOf(token), {}}, RefreshRequest(token)));
    executor.Advance(absl::Milliseconds(500));
    dying->faults->GoDown();
    dead_.push_back(std::move(dying));
    executor.Advance(absl::Milliseconds(1));
    http.SetDelay(absl::ZeroDuration());
  }

  const config::v1::App* AppOf(const std::string& token) { return apps->Find(Stored(token).app()); }

  std::vector<DueGrant> Claim() {
    return executor.Await(replica->due->Claim(0, "test", absl::Milliseconds(1), 100))->grants;
  }

  // What the store has been told of the grant: as in BrokerFixture::Stored, with the attempt.
  GrantSlot Slot(const std::string& token) {
    SealingStore direct(std::make_unique<MemoryStore>(&backend), keys.get());
    return *executor.Await(direct.ReadGrant(KeyOf(token)));
  }

  std::vector<std::unique_ptr<Replica>> dead_;
};

TEST_F(KeepAliveTest, ProactiveGrantsAreRenewedBeforeEachDeadline) {
  const std::string token = SeedGrant("never", "lively");
  StartWorker();
  // Our token ends after 15 minutes, the provider's after an hour.
  executor.Advance(absl::Minutes(9));
  EXPECT_EQ(idp.presentations(), 0);
  executor.Advance(absl::Minutes(2));
  EXPECT_EQ(idp.presentations(), 1);
  EXPECT_GT(FromTimestamp(Stored(token).expire_time()), clock.Now() + absl::Hours(24));
  for (int hour = 0; hour < 24; ++hour) {
    executor.Advance(absl::Hours(1));
    EXPECT_GT(FromTimestamp(Stored(token).tokens().access_expire_time()),
              clock.Now() + absl::Minutes(10));
  }
  // One each 45 minutes, or 5 % sooner.
  EXPECT_GE(idp.presentations(), 1 + 24 * 60 / 45);
  EXPECT_LE(idp.presentations(), 2 + 24 * 60 / 42);
  EXPECT_FALSE(idp.dead());
}

TEST_F(KeepAliveTest, GrantsOfOtherAppsAreLeftAlone) {
  SeedGrant("never", "app");
  StartWorker();
  executor.Advance(absl::Hours(2));
  EXPECT_EQ(idp.presentations(), 0);
  EXPECT_THAT(metrics.Serialize(), Not(HasSubstr("evertoken_due_visits_total{")));
}

TEST_F(KeepAliveTest, LivenessIsCheckedWithoutCallersToo) {
  const std::string token = SeedGrant("immortal", "lively");
  StartWorker();
  executor.Advance(absl::Minutes(11));
  EXPECT_THAT(http.Requests(kProfileUrl), SizeIs(1));
  EXPECT_GT(FromTimestamp(Stored(token).expire_time()), clock.Now() + absl::Hours(24));
}

TEST_F(KeepAliveTest, TokensThatAreOverAreNotRevived) {
  const std::string token = SeedGrant("never", "lively");
  executor.Advance(absl::Minutes(16));
  StartWorker();
  executor.Advance(absl::Minutes(10));
  EXPECT_EQ(idp.presentations(), 0);
  Caller caller{apps->Find("lively"), {}};
  EXPECT_THAT(executor.Await(replica->broker->RefreshToken(caller, RefreshRequest(token))),
              HasReason(v1::ERROR_REASON_TOKEN_EXPIRED));
}

TEST_F(KeepAliveTest, CallersShareTheRenewalThatIsUnderWay) {
  const std::string token = SeedGrant("never", "lively");
  StartWorker();
  http.SetDelay(absl::Seconds(8));
  while (Slot(token).held_for == absl::ZeroDuration()) executor.Advance(absl::Seconds(1));
  Caller caller{apps->Find("lively"), {}};
  auto joined = executor.Start(replica->broker->RefreshToken(caller, RefreshRequest(token)));
  executor.Advance(absl::Seconds(9));
  ASSERT_TRUE(joined->has_value());
  ASSERT_THAT(**joined, IsOk());
  EXPECT_TRUE((**joined)->renewed());
  EXPECT_EQ(idp.presentations(), 1);
}

TEST_F(KeepAliveTest, RenewalThatACallerJustGotIsEnough) {
  const std::string token = SeedGrant("never", "lively");
  executor.Advance(absl::Minutes(11));
  Caller caller{apps->Find("lively"), {}};
  ASSERT_THAT(executor.Await(replica->broker->RefreshToken(caller, RefreshRequest(token))), IsOk());
  StartWorker();
  executor.Advance(absl::Minutes(30));
  EXPECT_EQ(idp.presentations(), 1);
}

TEST_F(KeepAliveTest, FailuresAreTriedAgainAndCallersMayAskBefore) {
  const std::string token = SeedGrant("never", "lively");
  StartWorker();
  // A failure for which the provider names no waiting time.
  idp.AnswerWith(401, R"({"error":"invalid_client"})");
  while (!Stored(token).renewal().has_last_attempt_time()) executor.Advance(absl::Seconds(1));
  const storage::v1::RenewalHistory failed = Stored(token).renewal();
  EXPECT_EQ(failed.failure_reason(), "PROVIDER_MISCONFIGURED");
  EXPECT_TRUE(failed.own_backoff());
  EXPECT_GT(FromTimestamp(failed.next_attempt_time()), FromTimestamp(failed.last_attempt_time()));
  v1::IntrospectTokenRequest introspect;
  introspect.set_access_token(token);
  Caller caller{apps->Find("lively"), {}};
  auto shown = executor.Await(replica->broker->IntrospectToken(caller, introspect));
  EXPECT_TRUE(shown->renewal().has_next_attempt_time());

  // The caller's own attempt fails too, but it was made.
  idp.AnswerWith(401, R"({"error":"invalid_client"})");
  EXPECT_THAT(executor.Await(replica->broker->RefreshToken(caller, RefreshRequest(token))),
              HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
  EXPECT_EQ(Stored(token).renewal().failures(), 2);
  executor.Advance(absl::Minutes(1));
  EXPECT_EQ(Stored(token).renewal().failure_reason(), "");
  EXPECT_EQ(idp.presentations(), 3);
}

TEST_F(KeepAliveTest, WhoMustActAtTheProviderIsNotAskedAboutAgainSoon) {
  const std::string token = SeedGrant("never", "lively");
  idp.AnswerWith(400, R"({"error":"interaction_required"})");
  StartWorker();
  executor.Advance(absl::Minutes(14));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_USER_ACTION_REQUIRED);
  EXPECT_EQ(idp.presentations(), 1);
}

TEST_F(KeepAliveTest, RevocationIsFoundOutAndEndsTheVisits) {
  const std::string token = SeedGrant("never", "lively");
  StartWorker();
  idp.Withdraw();
  executor.Advance(absl::Minutes(11));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
  const int asked = idp.presentations();
  executor.Advance(absl::Hours(2));
  EXPECT_EQ(idp.presentations(), asked);
  EXPECT_THAT(Claim(), IsEmpty());
}

// The provider is down: its grants are put off, none is blamed, and all is well when it is back.
TEST_F(KeepAliveTest, ProviderBehindAnOpenCircuitIsNotAskedAndNoGrantIsBlamed) {
  idp.StopRotating();
  std::vector<std::string> tokens;
  for (int i = 0; i < 40; ++i) tokens.push_back(SeedGrant("harmless", "lively"));
  executor.Advance(absl::Minutes(10));
  idp.Cause(Trouble::kDown, 1000);
  StartWorker();
  executor.Advance(absl::Seconds(10));
  EXPECT_LT(idp.presentations(), 40) << "the circuit never opened";
  int failing = 0;
  for (const std::string& token : tokens)
    failing += Stored(token).renewal().failure_reason().empty() ? 0 : 1;
  EXPECT_LE(failing, idp.presentations());
  EXPECT_THAT(metrics.Serialize(), HasSubstr("evertoken_due_visits_total{outcome=\"refused\"}"));
}

TEST_F(KeepAliveTest, OrphanOfAnAppOnDemandIsSettledWithoutACaller) {
  const std::string token = SeedGrant("grace", "app");
  idp.GrantGrace();
  CrashInMidRenewal(token, Trouble::kReplyLost);
  ASSERT_TRUE(Slot(token).open_attempt.has_value());
  StartWorker();
  executor.Advance(absl::Seconds(45));
  EXPECT_FALSE(Slot(token).open_attempt.has_value());
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_ACTIVE);
  EXPECT_EQ(Stored(token).tokens().generation(), 1);
  EXPECT_THAT(Claim(), IsEmpty());
}

TEST_F(KeepAliveTest, OrphanThatMustNotBeRepeatedBecomesAmbiguousWithoutACaller) {
  const std::string token = SeedGrant("never", "app");
  CrashInMidRenewal(token, Trouble::kReplyLost);
  StartWorker();
  executor.Advance(absl::Seconds(45));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_AMBIGUOUS);
  EXPECT_EQ(idp.presentations(), 1);
  executor.Advance(absl::Hours(2));
  EXPECT_EQ(idp.presentations(), 1);
}

TEST_F(KeepAliveTest, OrphanIsNotTouchedWhileItsLeaseRuns) {
  const std::string token = SeedGrant("once", "app");
  StartWorker();
  MemoryStore direct(&backend);
  ASSERT_TRUE(
      executor.Await(direct.BeginRenewal(KeyOf(token), "slow", absl::Seconds(60)))->acquired);
  executor.Advance(absl::Seconds(59));
  EXPECT_EQ(idp.presentations(), 0);
  executor.Advance(absl::Seconds(6));
  EXPECT_EQ(idp.presentations(), 1);
}

// The app ended it in the meantime: nothing is left to settle, and nothing comes back for ever.
TEST_F(KeepAliveTest, OpenAttemptOfAGrantThatIsOverIsClosed) {
  const std::string token = SeedGrant("never", "app");
  CrashInMidRenewal(token, Trouble::kReplyLost);
  v1::RevokeTokenRequest revoke;
  revoke.set_access_token(token);
  ASSERT_THAT(executor.Await(replica->broker->RevokeToken(App(), revoke)), IsOk());
  ASSERT_TRUE(Slot(token).open_attempt.has_value());
  StartWorker();
  executor.Advance(absl::Seconds(30));
  EXPECT_FALSE(Slot(token).open_attempt.has_value());
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
  EXPECT_EQ(Slot(token).held_for, absl::ZeroDuration());
  executor.Advance(absl::Hours(1));
  EXPECT_THAT(Claim(), IsEmpty());
}

// Not dropped: while a new configuration is rolled out, another replica knows them already.
TEST_F(KeepAliveTest, GrantsThatAreNotConfiguredHereAreLookedAtAgainLater) {
  const std::string gone_app = SeedGrant("never", "gone");
  const std::string gone_entry = SeedGrant("elsewhere", "lively");
  MemoryStore direct(&backend);
  for (const std::string& token : {gone_app, gone_entry}) {
    auto lease = executor.Await(direct.BeginRenewal(KeyOf(token), "gave up", absl::Seconds(1)));
    ASSERT_THAT(executor.Await(direct.AbandonRenewal(KeyOf(token), lease->fence)), IsOk());
  }
  StartWorker();
  executor.Advance(absl::Seconds(40));
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr("evertoken_due_visits_total{outcome=\"unconfigured\"} 2"));
  executor.Advance(absl::Minutes(11));
  EXPECT_THAT(metrics.Serialize(),
              HasSubstr("evertoken_due_visits_total{outcome=\"unconfigured\"} 6"));
  for (const std::string& token : {gone_app, gone_entry}) {
    EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-0");
  }
  EXPECT_EQ(idp.presentations(), 0);
}

TEST_F(KeepAliveTest, WhatIsOpenInAGrantThatIsNotConfiguredHereStaysOpen) {
  const std::string token = SeedGrant("never", "gone");
  MemoryStore direct(&backend);
  ASSERT_TRUE(
      executor.Await(direct.BeginRenewal(KeyOf(token), "died", absl::Seconds(1)))->acquired);
  StartWorker();
  executor.Advance(absl::Minutes(30));
  EXPECT_TRUE(Slot(token).open_attempt.has_value());
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_ACTIVE);
  EXPECT_EQ(idp.presentations(), 0);
}

TEST_F(KeepAliveTest, GrantThatIsDueTooEarlyGetsItsTimeAgain) {
  const std::string token = SeedGrant("never", "lively");
  // As an abandoned renewal leaves it.
  MemoryStore direct(&backend);
  auto lease = executor.Await(direct.BeginRenewal(KeyOf(token), "nobody", absl::Seconds(1)));
  ASSERT_THAT(executor.Await(direct.AbandonRenewal(KeyOf(token), lease->fence)), IsOk());
  StartWorker();
  executor.Advance(absl::Minutes(5));
  EXPECT_EQ(idp.presentations(), 0);
  EXPECT_THAT(metrics.Serialize(), HasSubstr("evertoken_due_visits_total{outcome=\"not_due\"} 1"));
  executor.Advance(absl::Minutes(6));
  EXPECT_EQ(idp.presentations(), 1);
}

}  // namespace
}  // namespace evertoken
