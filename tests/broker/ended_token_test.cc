// Where a renewal ends the access token before it, nobody is given one that may have ended.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/broker/broker_pool.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using Trouble = FakeTokenEndpoint::Trouble;

class EndedTokenTest : public testing::Test, protected BrokerFixture {
 protected:
  v1::GetProviderTokenRequest RequestFor(const std::string& token) const {
    v1::GetProviderTokenRequest request;
    request.set_access_token(token);
    return request;
  }

  absl::StatusOr<v1::GetProviderTokenResponse> ProviderToken(const std::string& token) {
    return executor.Await(replica->broker->GetProviderToken(App(), RequestFor(token)));
  }
};

TEST_F(EndedTokenTest, ALivingTokenIsGivenOutButNeverFromMemory) {
  const std::string token = SeedGrant("ending");
  EXPECT_EQ(ProviderToken(token)->provider_access_token(), "access-0");
  EXPECT_EQ(idp.presentations(), 0);
  BrokerPool pool({{&executor, replica->broker.get()}}, replica->cache.get(), apps.get(),
                  keys.get(), &clock);
  v1::GetProviderTokenResponse answer;
  EXPECT_FALSE(pool.ProviderTokenFromMemory(*apps->Find("app"), RequestFor(token), &answer));
  const std::string other = SeedGrant("never");
  ASSERT_THAT(ProviderToken(other), IsOk());
  EXPECT_TRUE(pool.ProviderTokenFromMemory(*apps->Find("app"), RequestFor(other), &answer));
}

TEST_F(EndedTokenTest, ARenewalElsewhereIsWaitedFor) {
  const std::string token = SeedGrant("ending");
  ASSERT_THAT(ProviderToken(token), IsOk());
  const auto second = NewReplica();
  http.SetDelay(absl::Seconds(3));
  const auto refreshed = executor.Start(second->broker->RefreshToken(App(), RefreshRequest(token)));
  executor.Advance(absl::Seconds(1));
  const auto asked = executor.Start(replica->broker->GetProviderToken(App(), RequestFor(token)));
  executor.Advance(absl::Seconds(1));
  EXPECT_FALSE(asked->has_value());
  executor.Advance(absl::Seconds(30));
  ASSERT_TRUE(asked->has_value());
  ASSERT_THAT(**asked, IsOk());
  EXPECT_EQ((*asked)->value().provider_access_token(), "access-1");
  EXPECT_EQ(idp.presentations(), 1);
}

TEST_F(EndedTokenTest, AfterALostAnswerNothingIsGivenOut) {
  for (const char* provider : {"ending", "never"}) {
    const std::string token = SeedGrant(provider);
    idp.Cause(Trouble::kLost);
    EXPECT_FALSE(Refresh(token).ok());
    const bool gives = ProviderToken(token).ok();
    EXPECT_EQ(gives, std::string(provider) == "never") << provider;
  }
}

TEST_F(EndedTokenTest, ARenewalThatCertainlyDidNothingEndsNothing) {
  const std::string token = SeedGrant("ending");
  idp.Cause(Trouble::kNeverReached);
  EXPECT_FALSE(Refresh(token).ok());
  EXPECT_EQ(ProviderToken(token)->provider_access_token(), "access-0");
}

TEST_F(EndedTokenTest, AStoreThatIsAwayEndsNothing) {
  const std::string token = SeedGrant("ending");
  ASSERT_THAT(ProviderToken(token), IsOk());
  replica->faults->GoDown();
  EXPECT_THAT(ProviderToken(token), IsOk());
}

}  // namespace
}  // namespace evertoken
