// The renewal protocol with a store in trouble, and after crashes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/store/memory/memory_store.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using Fault = FaultyStore::Fault;
using Trouble = FakeTokenEndpoint::Trouble;

class RenewalStoreTest : public testing::Test, protected BrokerFixture {
 protected:
  // A holder that took the lease and died, before or after it presented the token.
  void CrashHolder(const std::string& token) {
    MemoryStore direct(&backend);
    auto lease = executor.Await(direct.BeginRenewal(KeyOf(token), "crashed", absl::Seconds(10)));
    ASSERT_THAT(lease, IsOk());
    ASSERT_TRUE(lease->acquired);
  }
};

// Rule 3.
TEST_F(RenewalStoreTest, AStoreThatCannotBeWrittenSpendsNoToken) {
  const std::string token = SeedGrant("never");
  replica->faults->Fail("BeginRenewal", Fault::kNotDone);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_EQ(idp.presentations(), 0);
  EXPECT_THAT(Refresh(token), IsOk());
}

TEST_F(RenewalStoreTest, ALostAnswerToTheLeaseOnlyCostsItsTime) {
  const std::string token = SeedGrant("grace");
  replica->faults->Fail("BeginRenewal", Fault::kReplyLost);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_EQ(idp.presentations(), 0);
  // The lease runs out and the attempt that it wrote is settled inside the grace.
  EXPECT_THAT(Refresh(token), IsOk());
}

// Rule 2.
TEST_F(RenewalStoreTest, AResultThatTheStoreCannotTakeIsOfferedUntilItDoes) {
  const std::string token = SeedGrant("never");
  http.SetDelay(absl::Milliseconds(100));
  auto refreshed = executor.Start(replica->broker->RefreshToken(App(), RefreshRequest(token)));
  executor.Advance(absl::Milliseconds(50));
  replica->faults->GoDown();
  executor.Advance(absl::Minutes(2));
  ASSERT_TRUE(refreshed->has_value());
  EXPECT_THAT(**refreshed, HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-0");
  EXPECT_EQ(replica->broker->in_flight(), 1);

  replica->faults->Recover();
  executor.Advance(absl::Seconds(10));
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
  EXPECT_EQ(replica->broker->in_flight(), 0);
  EXPECT_THAT(Refresh(token), IsOk());
  EXPECT_FALSE(idp.dead());
}

TEST_F(RenewalStoreTest, WhileAResultWaitsNobodyPresentsTheOldTokenAgain) {
  const std::string token = SeedGrant("never");
  replica->faults->Fail("CommitRenewal", Fault::kNotDone, 3);
  auto first = executor.Start(replica->broker->RefreshToken(App(), RefreshRequest(token)));
  executor.RunUntilIdle();
  EXPECT_THAT(**first, HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  executor.Advance(absl::Seconds(10));
  EXPECT_THAT(Refresh(token), IsOk());
  EXPECT_EQ(idp.presented("refresh-0"), 1);
  EXPECT_FALSE(idp.dead());
}

TEST_F(RenewalStoreTest, ALostAnswerToTheCommitIsRecognizedAsDone) {
  const std::string token = SeedGrant("never");
  replica->faults->Fail("CommitRenewal", Fault::kReplyLost);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  executor.Advance(absl::Seconds(1));
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
  EXPECT_EQ(replica->broker->in_flight(), 0);
  clock.Advance(absl::Seconds(10));
  EXPECT_THAT(Refresh(token), IsOk());
  EXPECT_EQ(idp.presented("refresh-0"), 1);
}

TEST_F(RenewalStoreTest, AProfileWrittenMeanwhileIsNotLostAndDoesNotHinder) {
  const std::string token = SeedGrant("never");
  http.SetDelay(absl::Milliseconds(100));
  auto refreshed = executor.Start(replica->broker->RefreshToken(App(), RefreshRequest(token)));
  executor.Advance(absl::Milliseconds(50));
  auto second = NewReplica();
  http.SetDelay(absl::ZeroDuration());
  v1::GetRefreshedProfileRequest request;
  request.set_access_token(token);
  ASSERT_THAT(executor.Await(second->broker->GetRefreshedProfile(App(), request)), IsOk());
  executor.Advance(absl::Seconds(1));
  EXPECT_THAT(**refreshed, IsOk());
  EXPECT_EQ(Stored(token).profile().display_name(), "Ann");
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
}

TEST_F(RenewalStoreTest, AGrantRevokedMeanwhileStaysRevoked) {
  const std::string token = SeedGrant("never");
  http.SetDelay(absl::Milliseconds(100));
  auto refreshed = executor.Start(replica->broker->RefreshToken(App(), RefreshRequest(token)));
  executor.Advance(absl::Milliseconds(50));
  v1::RevokeTokenRequest request;
  request.set_access_token(token);
  auto revoked = executor.Start(replica->broker->RevokeToken(App(), request));
  executor.Advance(absl::Seconds(1));
  EXPECT_THAT(**revoked, IsOk());
  EXPECT_THAT(**refreshed, HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "");
  // The tokens that came meanwhile are known to nobody else, so they are ended as well.
  ASSERT_EQ(http.Requests(kRevokeUrl).size(), 2u);
  EXPECT_THAT(http.Requests(kRevokeUrl)[1].body, testing::HasSubstr("token=refresh-1"));
}

TEST_F(RenewalStoreTest, AfterACrashATokenWithoutGraceIsAmbiguousAndNotPresented) {
  const std::string token = SeedGrant("never");
  CrashHolder(token);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_EQ(idp.presentations(), 0);
}

TEST_F(RenewalStoreTest, AfterACrashTheGraceIsUsedWhileItLasts) {
  const std::string token = SeedGrant("grace");
  CrashHolder(token);
  EXPECT_THAT(Refresh(token), IsOk());
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
}

TEST_F(RenewalStoreTest, AfterACrashAndTheGraceItIsAmbiguous) {
  const std::string token = SeedGrant("grace");
  CrashHolder(token);
  clock.Advance(absl::Seconds(31));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_EQ(idp.presentations(), 0);
}

TEST_F(RenewalStoreTest, TheGraceCountsFromTheFirstOfSeveralCrashes) {
  const std::string token = SeedGrant("grace");
  CrashHolder(token);
  clock.Advance(absl::Seconds(20));
  CrashHolder(token);
  clock.Advance(absl::Seconds(11));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_EQ(idp.presentations(), 0);
}

TEST_F(RenewalStoreTest, OnceMoreCountsTheCrashes) {
  const std::string once = SeedGrant("once");
  CrashHolder(once);
  EXPECT_THAT(Refresh(once), IsOk());

  const std::string twice = SeedGrant("once");
  CrashHolder(twice);
  clock.Advance(absl::Seconds(10));
  CrashHolder(twice);
  EXPECT_THAT(Refresh(twice), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
}

TEST_F(RenewalStoreTest, ARenewalIsThreeRoundTrips) {
  const std::string token = SeedGrant("never");
  replica->faults->ForgetCalls();
  ASSERT_THAT(Refresh(token), IsOk());
  EXPECT_EQ(replica->faults->Calls("ReadGrant"), 1);
  EXPECT_EQ(replica->faults->Calls("BeginRenewal"), 1);
  EXPECT_EQ(replica->faults->Calls("CommitRenewal"), 1);
  EXPECT_EQ(replica->faults->Calls("ExtendLease"), 0);
  EXPECT_EQ(replica->faults->Calls("WriteGrant"), 0);
}

}  // namespace
}  // namespace evertoken
