// Grants that are tended without callers: how the work is bounded, ordered and shared. The harmless entry without rotation serves
// any number of grants with the same refresh token.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/proto_time.h"
#include "server/broker/keep_alive_worker.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;

// When grants of SeedGrant are due, at the latest.
constexpr absl::Duration kDue = absl::Minutes(10);

class KeepAliveShardsTest : public testing::Test, protected BrokerFixture {
 protected:
  KeepAliveShardsTest() { idp.StopRotating(); }

  std::vector<std::string> SeedGrants(int count) {
    std::vector<std::string> tokens;
    for (int i = 0; i < count; ++i) tokens.push_back(SeedGrant("harmless", "lively"));
    return tokens;
  }

  // How many of them were renewed; each once at most.
  int Renewed(const std::vector<std::string>& tokens) {
    int renewed = 0;
    for (const std::string& token : tokens) {
      const int64_t generation = Stored(token).tokens().generation();
      EXPECT_LE(generation, 1);
      renewed += static_cast<int>(generation);
    }
    return renewed;
  }

  int Visits(const std::string& outcome) const {
    const std::string name = absl::StrCat("evertoken_due_visits_total{outcome=\"", outcome, "\"} ");
    const std::string text = metrics.Serialize();
    const size_t at = text.find(name);
    return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + name.size());
  }

  // The provider asks to be left alone.
  void HoldBack(const std::string& provider, absl::Duration pause) {
    const config::v1::App& app = *apps->Find("lively");
    const ProviderBinding binding = *apps->Bind(app, provider);
    auto permit = executor.Await(guard.Admit(app, binding, RenewalCall(*binding.entry),
                                             Priority::kCaller, clock.Now() + absl::Seconds(1)));
    ASSERT_THAT(permit, IsOk());
    permit->Report({CallOutcome::Kind::kThrottled, pause});
  }

  std::unique_ptr<Replica> StartReplica(double rate, int concurrent = 500) {
    std::unique_ptr<Replica> made = NewReplica({0, 1, rate, concurrent});
    made->broker->StartKeepAlive();
    return made;
  }
};

TEST_F(KeepAliveShardsTest, BacklogDrainsAtTheConfiguredRate) {
  const std::vector<std::string> tokens = SeedGrants(120);
  executor.Advance(kDue);
  const auto worker = StartReplica(/*rate=*/10);
  // The first look comes after half of kPoll here.
  executor.Advance(KeepAliveWorker::kPoll / 2 + absl::Seconds(5));
  EXPECT_GE(Renewed(tokens), 45);
  EXPECT_LE(Renewed(tokens), 52);
  EXPECT_THAT(metrics.Serialize(), HasSubstr("evertoken_due_grants{shard=\"0\"}"));
  executor.Advance(absl::Seconds(8));
  EXPECT_EQ(Renewed(tokens), 120);
  executor.Advance(absl::Seconds(10));
  EXPECT_EQ(idp.presentations(), 120);
  EXPECT_THAT(metrics.Serialize(), HasSubstr("evertoken_due_grants{shard=\"0\"} 0"));
  EXPECT_THAT(metrics.Serialize(), HasSubstr("evertoken_due_oldest_seconds{shard=\"0\"} 0"));
}

TEST_F(KeepAliveShardsTest, WhatIsDueLongestGoesFirst) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(SeedGrant("harmless", "lively"));
    executor.Advance(absl::Seconds(10));
  }
  executor.Advance(kDue);
  // Wrong times of arrival would not be seen if they were all in one batch.
  const auto worker = StartReplica(/*rate=*/2);
  executor.Advance(absl::Seconds(20));
  absl::Time last = absl::InfinitePast();
  for (const std::string& token : tokens) {
    ASSERT_TRUE(Stored(token).renewal().has_last_success_time());
    const absl::Time renewed = FromTimestamp(Stored(token).renewal().last_success_time());
    EXPECT_GT(renewed, last);
    last = renewed;
  }
}

TEST_F(KeepAliveShardsTest, NoMoreAreUnderWayThanConfigured) {
  const std::vector<std::string> tokens = SeedGrants(30);
  for (int i = 0; i < 30; ++i) SeedGrant("once", "lively");
  for (int i = 0; i < 30; ++i) SeedGrant("never", "lively");
  for (int i = 0; i < 30; ++i) SeedGrant("grace", "lively");
  executor.Advance(kDue);
  http.SetDelay(absl::Seconds(5));
  const auto worker = StartReplica(/*rate=*/1000, /*concurrent=*/7);
  executor.Advance(KeepAliveWorker::kPoll / 2 + absl::Seconds(3));
  EXPECT_EQ(idp.presentations(), 7);
  executor.Advance(absl::Minutes(2));
  EXPECT_EQ(Renewed(tokens), 30);
}

TEST_F(KeepAliveShardsTest, ASlowProviderLeavesRoomForTheOthers) {
  SeedGrant("once", "lively");
  executor.Advance(absl::Minutes(1));
  const std::vector<std::string> slow = SeedGrants(30);
  executor.Advance(absl::Minutes(1));
  const std::string other = SeedGrant("once", "lively");
  executor.Advance(kDue);
  http.SetDelay(absl::Seconds(8));
  const auto worker = StartReplica(/*rate=*/1000, /*concurrent=*/8);
  executor.Advance(KeepAliveWorker::kPoll / 2 + absl::Seconds(1));
  EXPECT_EQ(idp.presentations(), 8);
  executor.Advance(absl::Seconds(8));
  EXPECT_EQ(Stored(other).tokens().generation(), 1);
  EXPECT_EQ(Renewed(slow), 6);
  executor.Advance(absl::Minutes(2));
  EXPECT_EQ(Renewed(slow), 30);
}

TEST_F(KeepAliveShardsTest, ReplicasShareTheWorkAndRenewNothingTwice) {
  const std::vector<std::string> tokens = SeedGrants(200);
  executor.Advance(kDue);
  const auto first = StartReplica(/*rate=*/10);
  executor.Advance(absl::Seconds(5));
  const auto second = StartReplica(/*rate=*/10);
  executor.Advance(absl::Seconds(60));
  EXPECT_EQ(Renewed(tokens), 200);
  EXPECT_EQ(idp.presentations(), 200);
}

TEST_F(KeepAliveShardsTest, WhatADeadReplicaClaimedIsTakenOver) {
  const std::vector<std::string> tokens = SeedGrants(5);
  executor.Advance(kDue);
  const auto dead = executor.Await(replica->due->Claim(0, "dead", KeepAliveWorker::kHold, 5));
  ASSERT_EQ(dead->grants.size(), 5u);
  const auto heir = StartReplica(/*rate=*/100);
  executor.Advance(KeepAliveWorker::kHold - absl::Seconds(1));
  EXPECT_EQ(Renewed(tokens), 0);
  executor.Advance(KeepAliveWorker::kPoll + absl::Seconds(2));
  EXPECT_EQ(Renewed(tokens), 5);
}

TEST_F(KeepAliveShardsTest, StoppedWorkerFinishesAndLeavesTheRestToOthers) {
  const std::vector<std::string> tokens = SeedGrants(50);
  executor.Advance(kDue);
  http.SetDelay(absl::Seconds(3));
  const auto leaving = StartReplica(/*rate=*/10);
  executor.Advance(KeepAliveWorker::kPoll / 2 + absl::Seconds(1));
  const int begun = idp.presentations();
  ASSERT_GT(begun, 0);
  EXPECT_GT(leaving->broker->in_flight(), 0);
  leaving->broker->StopKeepAlive();
  executor.Advance(absl::Seconds(10));
  EXPECT_EQ(leaving->broker->in_flight(), 0);
  EXPECT_EQ(Renewed(tokens), begun);
  EXPECT_EQ(idp.presentations(), begun);
  // The shard is free at once; only what was claimed with it stays hidden for a while.
  const auto staying = StartReplica(/*rate=*/100);
  executor.Advance(KeepAliveWorker::kPoll + absl::Seconds(4));
  EXPECT_GE(Renewed(tokens), 50 - 5);
  executor.Advance(KeepAliveWorker::kHold);
  EXPECT_EQ(Renewed(tokens), 50);
}

TEST_F(KeepAliveShardsTest, WorkGoesOnWhenTheStoreIsBack) {
  const std::vector<std::string> tokens = SeedGrants(10);
  executor.Advance(kDue);
  const auto worker = StartReplica(/*rate=*/100);
  worker->faults->GoDown();
  executor.Advance(absl::Minutes(1));
  EXPECT_EQ(idp.presentations(), 0);
  EXPECT_THAT(metrics.Serialize(), HasSubstr("evertoken_due_visits_total{outcome=\"store_down\"}"));
  worker->faults->Recover();
  executor.Advance(KeepAliveWorker::kHold + KeepAliveWorker::kPoll);
  EXPECT_EQ(Renewed(tokens), 10);
}

// A provider that nobody may call must not use up the rate of the others.
TEST_F(KeepAliveShardsTest, GrantsThatAreRefusedCostAFractionOfTheRate) {
  for (int i = 0; i < 200; ++i) SeedGrant("once", "lively");
  executor.Advance(absl::Minutes(1));
  const std::vector<std::string> well = SeedGrants(5);
  executor.Advance(kDue);
  HoldBack("once", absl::Hours(1));
  const auto worker = StartReplica(/*rate=*/5);
  // At the rate alone the others' turn would come after 40 s.
  executor.Advance(absl::Seconds(14));
  EXPECT_EQ(Renewed(well), 5);
  EXPECT_EQ(Visits("refused"), 200);
}

// Each visit in vain writes.
TEST_F(KeepAliveShardsTest, GrantsOfAProviderThatIsDownComeBackAtTheRateAndNotFaster) {
  SeedGrants(600);
  executor.Advance(kDue);
  idp.Cause(FakeTokenEndpoint::Trouble::kDown, 1000000);
  const auto worker = StartReplica(/*rate=*/5);
  // All of them once, so many times faster as refusals are allowed to be.
  executor.Advance(absl::Seconds(40));
  EXPECT_GE(Visits("refused"), 500);
  const int before = Visits("refused");
  executor.Advance(absl::Minutes(2));
  EXPECT_LE(Visits("refused") - before, 5 * 120 * 1.05);
  EXPECT_GE(Visits("refused") - before, 5 * 120 / 3);
}

// Whoever waits for a provider is told of the end nevertheless.
TEST_F(KeepAliveShardsTest, TheEndIsToldInTimeAlsoOfWhatIsPutOff) {
  SeedGrant("once", "lively");
  executor.Advance(kDue);
  HoldBack("once", absl::Hours(1));
  const auto worker = StartReplica(/*rate=*/5);
  executor.Advance(absl::Minutes(5));
  EXPECT_EQ(Visits("announced"), 0);
  executor.Advance(absl::Seconds(3));
  EXPECT_EQ(Visits("announced"), 1);
}

}  // namespace
}  // namespace evertoken
