// Ending grants where the provider wants a living token for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using Trouble = FakeTokenEndpoint::Trouble;

class RevocationTest : public testing::Test, protected BrokerFixture {
 protected:
  v1::RevokeTokenRequest RequestFor(const std::string& token) const {
    v1::RevokeTokenRequest request;
    request.set_access_token(token);
    return request;
  }

  // Whether the provider ended the grant, too; the grant must have ended here.
  bool RevokedThere(const std::string& token) {
    auto answer = executor.Await(replica->broker->RevokeToken(App(), RequestFor(token)));
    EXPECT_THAT(answer, IsOk());
    EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
    EXPECT_EQ(Stored(token).tokens().refresh_token(), "");
    return answer.ok() && answer->revoked_at_provider();
  }
};

TEST_F(RevocationTest, ALivingTokenIsUsedAsItIs) {
  const std::string token = SeedGrant("needy");
  EXPECT_TRUE(RevokedThere(token));
  EXPECT_EQ(idp.presentations(), 0);
  EXPECT_EQ(http.Requests(kRevokeUrl).size(), 1u);
}

TEST_F(RevocationTest, AnExpiredTokenIsRenewedOnceAndTheNewOneUsed) {
  const std::string token = SeedGrant("needy");
  clock.Advance(absl::Hours(2));
  EXPECT_TRUE(RevokedThere(token));
  EXPECT_EQ(idp.presentations(), 1);
  ASSERT_EQ(http.Requests(kRevokeUrl).size(), 1u);
  EXPECT_THAT(http.Requests(kRevokeUrl)[0].body, testing::HasSubstr("token=refresh-1"));
}

TEST_F(RevocationTest, OthersAreNotRenewedForIt) {
  const std::string token = SeedGrant("never");
  clock.Advance(absl::Hours(2));
  EXPECT_TRUE(RevokedThere(token));
  EXPECT_EQ(idp.presentations(), 0);
}

TEST_F(RevocationTest, AFailedRenewalKeepsNothingAlive) {
  const std::string token = SeedGrant("needy");
  clock.Advance(absl::Hours(2));
  idp.Cause(Trouble::kDown);
  EXPECT_FALSE(RevokedThere(token));
  EXPECT_EQ(idp.presentations(), 1);
  EXPECT_EQ(http.Requests(kRevokeUrl).size(), 0u);
}

TEST_F(RevocationTest, ALostRenewalKeepsNothingAlive) {
  const std::string token = SeedGrant("needy");
  clock.Advance(absl::Hours(2));
  idp.Cause(Trouble::kReplyLost);
  EXPECT_FALSE(RevokedThere(token));
  EXPECT_EQ(idp.presented("refresh-0"), 1);
  EXPECT_EQ(http.Requests(kRevokeUrl).size(), 0u);
}

// Two replicas: the second waits for the first one's renewal instead of beginning another.
TEST_F(RevocationTest, ARenewalElsewhereIsWaitedFor) {
  const std::string token = SeedGrant("needy");
  const auto second = NewReplica();
  ASSERT_THAT(Refresh(token), IsOk());
  clock.Advance(absl::Hours(2));
  http.SetDelay(absl::Seconds(3));
  const auto refreshed =
      executor.Start(replica->broker->RefreshToken(App(), RefreshRequest(token)));
  executor.Advance(absl::Seconds(1));
  const auto revoked = executor.Start(second->broker->RevokeToken(App(), RequestFor(token)));
  executor.Advance(absl::Minutes(1));
  ASSERT_TRUE(refreshed->has_value());
  EXPECT_THAT(**refreshed, IsOk());
  ASSERT_TRUE(revoked->has_value());
  ASSERT_THAT(**revoked, IsOk());
  EXPECT_TRUE((*revoked)->value().revoked_at_provider());
  EXPECT_EQ(idp.presentations(), 2);
  EXPECT_THAT(http.Requests(kRevokeUrl).at(0).body, testing::HasSubstr("token=refresh-2"));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
}

}  // namespace
}  // namespace evertoken
