// The renewal protocol on its good days and with a difficult provider; the store's troubles are in renewal_store_test.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using Trouble = FakeTokenEndpoint::Trouble;
using RefreshResult = std::shared_ptr<std::optional<absl::StatusOr<v1::RefreshTokenResponse>>>;

class RenewalTest : public testing::Test, protected BrokerFixture {
 protected:
  std::vector<RefreshResult> StartCallers(Broker* broker, const std::string& token, int callers) {
    std::vector<RefreshResult> results;
    for (int i = 0; i < callers; ++i) {
      results.push_back(executor.Start(broker->RefreshToken(App(), RefreshRequest(token))));
    }
    return results;
  }

  void ExpectAllOk(const std::vector<RefreshResult>& results) {
    for (const RefreshResult& result : results) {
      ASSERT_TRUE(result->has_value());
      EXPECT_THAT(**result, IsOk());
    }
  }
};

TEST_F(RenewalTest, ExtendsTheSameAccessTokenBySixtyDays) {
  const std::string token = SeedGrant("never");
  auto refreshed = Refresh(token);
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_EQ(refreshed->access_token(), token);
  EXPECT_TRUE(refreshed->renewed());
  EXPECT_EQ(refreshed->expiry_limit(), v1::EXPIRY_LIMIT_DEFAULT);
  EXPECT_EQ(FromTimestamp(refreshed->expire_time()), clock.Now() + absl::Hours(60 * 24));
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
  EXPECT_EQ(Stored(token).tokens().access_token(), "access-1");
}

TEST_F(RenewalTest, AThousandCallersAreOnePresentation) {
  const std::string token = SeedGrant("never");
  http.SetDelay(absl::Milliseconds(200));
  auto results = StartCallers(replica->broker.get(), token, 1000);
  executor.Advance(absl::Milliseconds(200));
  ExpectAllOk(results);
  EXPECT_EQ(idp.presentations(), 1);
  EXPECT_FALSE(idp.dead());
}

TEST_F(RenewalTest, ThreeReplicasAreOnePresentation) {
  const std::string token = SeedGrant("never");
  auto second = NewReplica();
  auto third = NewReplica();
  http.SetDelay(absl::Milliseconds(200));
  std::vector<RefreshResult> results;
  for (Broker* broker : {replica->broker.get(), second->broker.get(), third->broker.get()}) {
    for (RefreshResult& result : StartCallers(broker, token, 100))
      results.push_back(std::move(result));
  }
  executor.Advance(absl::Seconds(1));
  ExpectAllOk(results);
  EXPECT_EQ(idp.presentations(), 1);
}

TEST_F(RenewalTest, OtherReplicasShareAFailureToo) {
  const std::string token = SeedGrant("never");
  auto second = NewReplica();
  http.SetDelay(absl::Milliseconds(200));
  idp.AnswerWith(503, "{}");
  auto here = StartCallers(replica->broker.get(), token, 1);
  auto there = StartCallers(second->broker.get(), token, 5);
  executor.Advance(absl::Seconds(1));
  EXPECT_THAT(**here[0], HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  for (const RefreshResult& result : there)
    EXPECT_THAT(**result, HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  EXPECT_EQ(idp.presentations(), 1);
}

TEST_F(RenewalTest, AProviderSlowerThanTheLeaseIsStillAskedOnce) {
  const std::string token = SeedGrant("never");
  auto second = NewReplica();
  // Just below the provider timeout and longer than a lease.
  http.SetDelay(absl::Milliseconds(14'900));
  auto here = StartCallers(replica->broker.get(), token, 1);
  executor.Advance(absl::Seconds(12));
  auto there = StartCallers(second->broker.get(), token, 1);
  executor.Advance(absl::Seconds(5));
  ExpectAllOk(here);
  ExpectAllOk(there);
  EXPECT_EQ(idp.presentations(), 1);
}

TEST_F(RenewalTest, CallsWithinTheShareWindowDoNotAsk) {
  const std::string token = SeedGrant("never");
  ASSERT_THAT(Refresh(token), IsOk());
  clock.Advance(absl::Seconds(4));
  auto shared = Refresh(token);
  ASSERT_THAT(shared, IsOk());
  EXPECT_FALSE(shared->renewed());
  clock.Advance(absl::Seconds(1));
  EXPECT_TRUE(Refresh(token)->renewed());
  EXPECT_EQ(idp.presentations(), 2);
}

TEST_F(RenewalTest, MinRemainingIsAnsweredWithoutTheProvider) {
  const std::string token = SeedGrant("never");
  v1::RefreshTokenRequest request = RefreshRequest(token);
  *request.mutable_min_remaining() = ToDuration(absl::Minutes(30));
  auto fresh = executor.Await(replica->broker->RefreshToken(App(), request));
  ASSERT_THAT(fresh, IsOk());
  EXPECT_FALSE(fresh->renewed());
  EXPECT_EQ(idp.presentations(), 0);
}

TEST_F(RenewalTest, AnAnswerWithoutRefreshTokenKeepsTheOldOne) {
  const std::string token = SeedGrant("harmless");
  idp.StopRotating();
  ASSERT_THAT(Refresh(token), IsOk());
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-0");
  clock.Advance(absl::Minutes(1));
  EXPECT_THAT(Refresh(token), IsOk());
}

TEST_F(RenewalTest, AWithdrawnPermissionEndsTheGrantForGood) {
  const std::string token = SeedGrant("never");
  idp.Withdraw();
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_EQ(idp.presentations(), 1);
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "");
}

struct Passing {
  int status;
  std::string body;
  ErrorReason reason;
};

TEST_F(RenewalTest, WhatCanPassNeverEndsAGrant) {
  const std::string token = SeedGrant("never");
  const std::vector<Passing> troubles = {
      {500, "{}", v1::ERROR_REASON_PROVIDER_UNAVAILABLE},
      {503, "<html>", v1::ERROR_REASON_PROVIDER_UNAVAILABLE},
      {429, "{}", v1::ERROR_REASON_PROVIDER_RATE_LIMITED},
      {401, R"({"error":"invalid_client"})", v1::ERROR_REASON_PROVIDER_MISCONFIGURED},
      {200, "not json", v1::ERROR_REASON_PROVIDER_REPLY_INVALID},
      {200, "{}", v1::ERROR_REASON_PROVIDER_REPLY_INVALID},
      {200, R"({"access_token":"x","expires_in":-5})", v1::ERROR_REASON_PROVIDER_REPLY_INVALID},
  };
  for (const Passing& trouble : troubles) {
    idp.AnswerWith(trouble.status, trouble.body);
    EXPECT_THAT(Refresh(token), HasReason(trouble.reason)) << trouble.body;
    EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_FAILING);
    clock.Advance(absl::Minutes(1));
  }
  EXPECT_THAT(Refresh(token), IsOk());
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_ACTIVE);
}

TEST_F(RenewalTest, AProviderThatWasNeverReachedSpentNothing) {
  const std::string token = SeedGrant("never");
  idp.Cause(Trouble::kNeverReached);
  auto refused = Refresh(token);
  EXPECT_THAT(refused, HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  EXPECT_TRUE(RetryAfterOf(refused.status()).has_value());
  clock.Advance(absl::Minutes(1));
  EXPECT_THAT(Refresh(token), IsOk());
}

TEST_F(RenewalTest, ALostAnswerIsAmbiguousWhereTheTokenMayNotBePresentedAgain) {
  const std::string token = SeedGrant("never");
  idp.Cause(Trouble::kReplyLost);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  clock.Advance(absl::Minutes(1));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_EQ(idp.presented("refresh-0"), 1);
  // What still lives is still served.
  EXPECT_THAT(Profile(token), IsOk());
}

TEST_F(RenewalTest, ALostAnswerIsAskedForAgainInsideTheGrace) {
  const std::string token = SeedGrant("grace");
  idp.GrantGrace();
  idp.Cause(Trouble::kReplyLost);
  EXPECT_THAT(Refresh(token), IsOk());
  EXPECT_EQ(idp.presented("refresh-0"), 2);
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
}

TEST_F(RenewalTest, ARefusalAfterALostAnswerIsAmbiguousAndNotRevoked) {
  const std::string token = SeedGrant("once");
  idp.Cause(Trouble::kReplyLost);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_EQ(idp.presented("refresh-0"), 2);
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_AMBIGUOUS);
}

TEST_F(RenewalTest, ARequestLostOnItsWayIsSavedByTheOneMoreTry) {
  const std::string token = SeedGrant("once");
  idp.Cause(Trouble::kLost);
  EXPECT_THAT(Refresh(token), IsOk());
}

TEST_F(RenewalTest, AHarmlessTokenIsLeftToTheNextCaller) {
  const std::string token = SeedGrant("harmless");
  idp.StopRotating();
  idp.Cause(Trouble::kReplyLost);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  clock.Advance(absl::Minutes(1));
  EXPECT_THAT(Refresh(token), IsOk());
}

TEST_F(RenewalTest, ALivenessCheckExtendsATokenThatNeverExpires) {
  const std::string token = SeedGrant("immortal");
  auto refreshed = Refresh(token);
  ASSERT_THAT(refreshed, IsOk());
  EXPECT_EQ(FromTimestamp(refreshed->expire_time()), clock.Now() + absl::Hours(60 * 24));
  EXPECT_EQ(http.Requests(kProfileUrl).size(), 1u);
}

TEST_F(RenewalTest, AnExpiredAccessTokenCannotBeRefreshed) {
  const std::string token = SeedGrant("never");
  clock.Advance(absl::Minutes(15));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_TOKEN_EXPIRED));
  EXPECT_EQ(idp.presentations(), 0);
}

TEST_F(RenewalTest, AnotherAppsTokenIsUnknown) {
  const std::string token = SeedGrant("never");
  Caller other;
  other.app = apps->Find("other");
  EXPECT_THAT(executor.Await(replica->broker->RefreshToken(other, RefreshRequest(token))),
              HasReason(v1::ERROR_REASON_TOKEN_NOT_FOUND));
}

}  // namespace
}  // namespace evertoken
