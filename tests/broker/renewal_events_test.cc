// Which writes of the use cases carry which events.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "evertoken/storage/v1/grant_event.pb.h"
#include "server/base/error.h"
#include "server/store/memory/memory_event_log.h"
#include "server/store/sealing_event_log.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RenewalEventsTest : public testing::Test, protected BrokerFixture {
 protected:
  // All that was told so far, as "RENEWED", "FAILING PROVIDER_UNAVAILABLE" …
  std::vector<std::string> Told(const std::string& app = "app") {
    constexpr int kPrefix = sizeof("GRANT_EVENT_TYPE_") - 1;
    SealingEventLog log(std::make_unique<MemoryEventLog>(&backend), keys.get());
    const absl::StatusOr<EventBatch> batch = executor.Await(log.Read(0, {}, 100));
    std::vector<std::string> told;
    for (const StoredEvent& stored : batch->events) {
      EXPECT_EQ(stored.app, app);
      storage::v1::GrantEvent event;
      EXPECT_TRUE(event.ParseFromString(stored.record));
      EXPECT_EQ(event.grant_id(), "grant");
      told.push_back(v1::GrantEventType_Name(event.type()).substr(kPrefix));
      if (!event.failure_reason().empty()) told.back() += " " + event.failure_reason();
    }
    return told;
  }
};

TEST_F(RenewalEventsTest, ALoginTellsNothingAndARenewalIsTold) {
  const std::string token = SeedGrant("never");
  EXPECT_THAT(Told(), IsEmpty());
  ASSERT_THAT(Refresh(token), IsOk());
  ASSERT_THAT(Profile(token), IsOk());
  EXPECT_THAT(Told(), ElementsAre("RENEWED"));
}

TEST_F(RenewalEventsTest, ACommitWhoseReplyWasLostIsToldOnce) {
  const std::string token = SeedGrant("never");
  replica->faults->Fail("CommitRenewal", FaultyStore::Fault::kReplyLost);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  executor.Advance(absl::Minutes(1));
  EXPECT_EQ(Stored(token).tokens().generation(), 1);
  EXPECT_THAT(Told(), ElementsAre("RENEWED"));
}

TEST_F(RenewalEventsTest, AResultThatComesHomeLateIsToldOnce) {
  const std::string token = SeedGrant("never");
  replica->faults->Fail("CommitRenewal", FaultyStore::Fault::kNotDone, 5);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Told(), IsEmpty());
  executor.Advance(absl::Minutes(1));
  EXPECT_THAT(Told(), ElementsAre("RENEWED"));
}

TEST_F(RenewalEventsTest, ARowOfFailuresIsToldOnce) {
  const std::string token = SeedGrant("never");
  for (int i = 0; i < 3; ++i) {
    idp.Cause(FakeTokenEndpoint::Trouble::kDown);
    EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
    executor.Advance(absl::Minutes(1));
  }
  EXPECT_GE(Stored(token).renewal().failures(), 2);
  EXPECT_THAT(Told(), ElementsAre("FAILING PROVIDER_UNAVAILABLE"));
  ASSERT_THAT(Refresh(token), IsOk());
  EXPECT_THAT(Told(), ElementsAre("FAILING PROVIDER_UNAVAILABLE", "RENEWED"));
}

TEST_F(RenewalEventsTest, AWithdrawalIsToldOnce) {
  const std::string token = SeedGrant("never");
  idp.Withdraw();
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_THAT(Told(), ElementsAre("REVOKED GRANT_REVOKED"));
}

TEST_F(RenewalEventsTest, ARevocationByTheAppIsToldOnce) {
  const std::string token = SeedGrant("never");
  v1::RevokeTokenRequest request;
  request.set_access_token(token);
  EXPECT_THAT(executor.Await(replica->broker->RevokeToken(App(), request)), IsOk());
  EXPECT_THAT(executor.Await(replica->broker->RevokeToken(App(), request)), IsOk());
  EXPECT_THAT(Told(), ElementsAre("REVOKED GRANT_REVOKED"));
}

TEST_F(RenewalEventsTest, ALostAnswerThatCannotBeSettledCallsForTheUser) {
  const std::string token = SeedGrant("never");
  idp.Cause(FakeTokenEndpoint::Trouble::kReplyLost);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_THAT(Told(), ElementsAre("USER_ACTION_REQUIRED REFRESH_AMBIGUOUS"));
}

TEST_F(RenewalEventsTest, AnEndThatNoRenewalCanMoveIsAnnouncedAndToldOnceByWhicheverReplica) {
  const std::string token = SeedGrant("never");
  idp.Cause(FakeTokenEndpoint::Trouble::kReplyLost);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  const std::unique_ptr<Replica> second = NewReplica();
  replica->broker->StartKeepAlive();
  second->broker->StartKeepAlive();
  // Of 15 minutes.
  executor.Advance(absl::Minutes(13));
  EXPECT_THAT(Told(), ElementsAre("USER_ACTION_REQUIRED REFRESH_AMBIGUOUS"));
  executor.Advance(absl::Minutes(1));
  EXPECT_THAT(Told(), ElementsAre("USER_ACTION_REQUIRED REFRESH_AMBIGUOUS", "EXPIRING_SOON"));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_AMBIGUOUS);
  executor.Advance(absl::Minutes(30));
  EXPECT_THAT(Told(), ElementsAre("USER_ACTION_REQUIRED REFRESH_AMBIGUOUS", "EXPIRING_SOON",
                                  "EXPIRED TOKEN_EXPIRED"));
}

// The provider is down for longer than our token lives.
TEST_F(RenewalEventsTest, AnEndThatRenewingCouldNotMoveInTimeIsTold) {
  const std::string token = SeedGrant("never", "lively");
  idp.Cause(FakeTokenEndpoint::Trouble::kDown, 1000);
  replica->broker->StartKeepAlive();
  executor.Advance(absl::Minutes(14));
  EXPECT_THAT(Told("lively"), ElementsAre("FAILING PROVIDER_UNAVAILABLE"));
  executor.Advance(absl::Minutes(30));
  EXPECT_THAT(Told("lively"), ElementsAre("FAILING PROVIDER_UNAVAILABLE", "EXPIRED TOKEN_EXPIRED"));
}

}  // namespace
}  // namespace evertoken
