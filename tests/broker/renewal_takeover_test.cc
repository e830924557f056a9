// The renewal protocol when a holder loses its lease: to another replica, or to a failover of the store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/store/memory/memory_store.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using RefreshResult = std::shared_ptr<std::optional<absl::StatusOr<v1::RefreshTokenResponse>>>;

class RenewalTakeoverTest : public testing::Test, protected BrokerFixture {
 protected:
  RefreshResult Start(Broker* broker, const std::string& token) {
    return executor.Start(broker->RefreshToken(App(), RefreshRequest(token)));
  }

  // A renewal whose holder has its answer, and is cut off from the store until its lease has run out.
  RefreshResult StartAndCutOff(const std::string& token, absl::Duration time = absl::Seconds(21)) {
    http.SetDelay(absl::Seconds(1));
    RefreshResult late = Start(replica->broker.get(), token);
    executor.Advance(absl::Milliseconds(500));
    replica->faults->GoDown();
    executor.Advance(time);
    EXPECT_TRUE(late->has_value());
    EXPECT_THAT(**late, HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
    EXPECT_EQ(journal.size(), 1u);
    return late;
  }

  // The promoted replica: it has the grant as it was when this was called, without lease and attempt.
  std::unique_ptr<MemoryBackend> Copy(const std::string& token) {
    auto copy = std::make_unique<MemoryBackend>(&clock);
    MemoryStore from(&backend);
    MemoryStore to(copy.get());
    auto slot = executor.Await(from.ReadGrant(KeyOf(token)));
    EXPECT_THAT(slot, IsOk());
    GrantWrite write{slot->app, slot->record, absl::Hours(48)};
    EXPECT_THAT(executor.Await(to.CreateGrant(KeyOf(token), std::move(write))), IsOk());
    return copy;
  }

  // A renewal while whose provider call `promoted` becomes the store.
  void RenewThroughFailover(const std::string& token, MemoryBackend* promoted) {
    http.SetDelay(absl::Seconds(1));
    RefreshResult renewal = Start(replica->broker.get(), token);
    executor.Advance(absl::Milliseconds(500));
    replica->faults->FailOver(std::make_unique<MemoryStore>(promoted));
    executor.Advance(absl::Seconds(2));
    ASSERT_TRUE(renewal->has_value());
    EXPECT_THAT(**renewal, IsOk());
  }

  storage::v1::Grant StoredIn(MemoryBackend* in, const std::string& token) {
    SealingStore direct(std::make_unique<MemoryStore>(in), keys.get());
    auto slot = executor.Await(direct.ReadGrant(KeyOf(token)));
    EXPECT_THAT(slot, IsOk());
    storage::v1::Grant grant;
    EXPECT_TRUE(slot.ok() && grant.ParseFromString(slot->record));
    return grant;
  }
};

TEST_F(RenewalTakeoverTest, TokensComeHomeAfterAnotherHolderThatCrashed) {
  const std::string token = SeedGrant("never");
  StartAndCutOff(token);
  MemoryStore direct(&backend);
  auto other = executor.Await(direct.BeginRenewal(KeyOf(token), "crashed", absl::Seconds(10)));
  ASSERT_TRUE(other->acquired);
  replica->faults->Recover();
  executor.Advance(absl::Seconds(30));
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
  EXPECT_EQ(journal.size(), 0u);
  EXPECT_EQ(idp.presentations(), 1);
  EXPECT_EQ(replica->broker->in_flight(), 0);
  // Nothing is left open: the next renewal is an ordinary one.
  http.SetDelay(absl::ZeroDuration());
  EXPECT_THAT(Refresh(token), IsOk());
}

TEST_F(RenewalTakeoverTest, TokensComeHomeAfterAnotherHolderThatCouldOnlyGiveUp) {
  const std::string token = SeedGrant("never");
  auto second = NewReplica();
  StartAndCutOff(token);
  RefreshResult other = Start(second->broker.get(), token);
  executor.Advance(absl::Seconds(1));
  ASSERT_TRUE(other->has_value());
  EXPECT_THAT(**other, HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_AMBIGUOUS);
  replica->faults->Recover();
  executor.Advance(absl::Seconds(5));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_ACTIVE);
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
  EXPECT_EQ(idp.presented("refresh-0"), 1);
}

TEST_F(RenewalTakeoverTest, NewerTokensOfAnotherHolderStay) {
  const std::string token = SeedGrant("grace");
  idp.GrantGrace();
  auto second = NewReplica();
  StartAndCutOff(token, absl::Seconds(13));
  http.SetDelay(absl::ZeroDuration());
  EXPECT_THAT(executor.Await(second->broker->RefreshToken(App(), RefreshRequest(token))), IsOk());
  clock.Advance(absl::Seconds(1));
  const storage::v1::Grant newer = Stored(token);
  replica->faults->Recover();
  executor.Advance(absl::Seconds(30));
  EXPECT_EQ(Stored(token).SerializeAsString(), newer.SerializeAsString());
  EXPECT_EQ(replica->broker->in_flight(), 0);
}

TEST_F(RenewalTakeoverTest, AFailureOfAnOvertakenHolderIsNotWritten) {
  const std::string token = SeedGrant("harmless");
  idp.AnswerWith(503, "{}");
  auto second = NewReplica();
  http.SetDelay(absl::Seconds(1));
  Start(replica->broker.get(), token);
  executor.Advance(absl::Milliseconds(500));
  replica->faults->GoDown();
  executor.Advance(absl::Seconds(21));
  EXPECT_EQ(journal.size(), 0u);
  http.SetDelay(absl::ZeroDuration());
  ASSERT_THAT(executor.Await(second->broker->RefreshToken(App(), RefreshRequest(token))), IsOk());
  replica->faults->Recover();
  executor.Advance(absl::Seconds(10));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_ACTIVE);
}

TEST_F(RenewalTakeoverTest, AFailoverThatForgotTheLeaseLosesNoTokens) {
  const std::string token = SeedGrant("never");
  const std::unique_ptr<MemoryBackend> promoted = Copy(token);
  RenewThroughFailover(token, promoted.get());
  EXPECT_EQ(StoredIn(promoted.get(), token).tokens().refresh_token(), "refresh-1");
}

TEST_F(RenewalTakeoverTest, AFailoverThatForgotAnEarlierRenewalLosesNoTokens) {
  const std::string token = SeedGrant("never");
  const std::unique_ptr<MemoryBackend> promoted = Copy(token);
  ASSERT_THAT(Refresh(token), IsOk());
  clock.Advance(absl::Minutes(1));
  RenewThroughFailover(token, promoted.get());
  EXPECT_EQ(StoredIn(promoted.get(), token).tokens().refresh_token(), "refresh-2");
}

TEST_F(RenewalTakeoverTest, AFailoverThatForgotTheGrantLosesNoTokens) {
  const std::string token = SeedGrant("never");
  MemoryBackend empty(&clock);
  RenewThroughFailover(token, &empty);
  EXPECT_EQ(StoredIn(&empty, token).tokens().refresh_token(), "refresh-1");
}

}  // namespace
}  // namespace evertoken
