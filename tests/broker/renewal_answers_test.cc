// What a renewal concludes from answers that prove little, and from tokens that are not what they should be.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using Trouble = FakeTokenEndpoint::Trouble;

class RenewalAnswersTest : public testing::Test, protected BrokerFixture {
 protected:
  absl::StatusOr<v1::GetProviderTokenResponse> ProviderToken(const std::string& token) {
    v1::GetProviderTokenRequest request;
    request.set_access_token(token);
    return executor.Await(replica->broker->GetProviderToken(App(), request));
  }
};

// Rule 6: no reply of this kind ends a grant, and none of them makes a later refusal a withdrawal.
TEST_F(RenewalAnswersTest, ARefusalAfterAnUnclearAnswerIsAmbiguousAndNotRevoked) {
  for (const Trouble trouble : {Trouble::kGatewayLost, Trouble::kGarbled}) {
    FakeTokenEndpoint endpoint(&http, kTokenUrl);
    const std::string token = SeedGrant("never");
    endpoint.Cause(trouble);
    EXPECT_FALSE(Refresh(token).ok());
    EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_FAILING);
    EXPECT_THAT(ProviderToken(token), IsOk());
    clock.Advance(absl::Minutes(1));
    EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
    EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_AMBIGUOUS);
  }
}

TEST_F(RenewalAnswersTest, AnUnclearAnswerIsForgottenWithTheNextSuccess) {
  const std::string token = SeedGrant("never");
  idp.AnswerWith(502, "bad gateway");
  EXPECT_FALSE(Refresh(token).ok());
  clock.Advance(absl::Minutes(1));
  ASSERT_THAT(Refresh(token), IsOk());
  clock.Advance(absl::Minutes(1));
  idp.Withdraw();
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
}

TEST_F(RenewalAnswersTest, AnOutageAfterALostAnswerSettlesNothing) {
  const std::string token = SeedGrant("once");
  idp.Cause(Trouble::kReplyLost);
  idp.Cause(Trouble::kDown);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  clock.Advance(absl::Minutes(1));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_AMBIGUOUS);
}

TEST_F(RenewalAnswersTest, AnOutageAfterALostAnswerUsesUpNoPermittedRetry) {
  const std::string token = SeedGrant("once");
  idp.Cause(Trouble::kLost);
  idp.Cause(Trouble::kDown);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  for (int i = 0; i < 3; ++i) {
    clock.Advance(absl::Minutes(1));
    idp.Cause(Trouble::kDown);
    EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  }
  clock.Advance(absl::Minutes(1));
  EXPECT_THAT(Refresh(token), IsOk());
}

TEST_F(RenewalAnswersTest, TheGraceCountsFromTheLostAnswerThroughAnOutage) {
  const std::string token = SeedGrant("grace");
  idp.Cause(Trouble::kReplyLost);
  idp.Cause(Trouble::kDown);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  const int presented = idp.presented("refresh-0");
  clock.Advance(absl::Seconds(31));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_EQ(idp.presented("refresh-0"), presented);
}

// Rule 2: the only living token of the grant is in that reply.
TEST_F(RenewalAnswersTest, ARefreshTokenThatCameAloneIsKept) {
  const std::string token = SeedGrant("never");
  const storage::v1::Grant before = Stored(token);
  idp.Cause(Trouble::kNoAccess);
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
  EXPECT_EQ(Stored(token).expire_time().seconds(), before.expire_time().seconds());
  auto renewed = ProviderToken(token);
  ASSERT_THAT(renewed, IsOk());
  EXPECT_EQ(renewed->provider_access_token(), "access-2");
}

TEST_F(RenewalAnswersTest, TokensWithABadIdTokenAreServedToNobody) {
  const std::string token = SeedGrant("openid");
  const storage::v1::Grant before = Stored(token);
  idp.AnswerWith(200,
                 R"({"access_token":"of-somebody-else","expires_in":3600,"id_token":"a.b.c"})");
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_EQ(Stored(token).tokens().access_token(), "");
  EXPECT_EQ(Stored(token).expire_time().seconds(), before.expire_time().seconds());
  // Without an ID token that passes, no later access token is believed either.
  idp.AnswerWith(200, R"({"access_token":"of-somebody-else","expires_in":3600})");
  EXPECT_THAT(ProviderToken(token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  clock.Advance(absl::Minutes(1));
  idp.AnswerWith(200, R"({"access_token":"of-somebody-else","expires_in":3600})");
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_THAT(ProviderToken(token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

// A crash between two writes would leave them to be served.
TEST_F(RenewalAnswersTest, TokensOfAnotherUserAreWithdrawnByTheWriteThatKeepsThem) {
  const std::string token = SeedGrant("openid");
  replica->faults->Fail("WriteGrant", FaultyStore::Fault::kNotDone, /*times=*/100);
  idp.AnswerWith(
      200, R"({"access_token":"of-somebody-else","refresh_token":"refresh-1","expires_in":3600,)"
           R"("id_token":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb21lYm9keS1lbHNlIn0.c2lnbmF0dXJl"})");
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_EQ(Stored(token).tokens().access_token(), "");
  EXPECT_EQ(Stored(token).tokens().refresh_token(), "refresh-1");
  EXPECT_TRUE(Stored(token).renewal().identity_unproven());
}

// A provider that is never believed must not be asked every second.
TEST_F(RenewalAnswersTest, WithdrawnTokensAreARowOfFailures) {
  const std::string token = SeedGrant("openid");
  for (int i = 1; i <= 3; ++i) {
    idp.AnswerWith(200,
                   R"({"access_token":"of-somebody-else","expires_in":3600,"id_token":"a.b"})");
    EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
    EXPECT_EQ(Stored(token).renewal().failures(), i);
    clock.Advance(absl::Minutes(1));
  }
}

// The profile call began before the tokens were found to be somebody else's, and asks for a renewal after.
TEST_F(RenewalAnswersTest, WhatACallerKnewBeforeDoesNotMakeTokensTheUsers) {
  const std::string token = SeedGrant("openid");
  http.On(kProfileUrl, JsonReply(401, R"({"error":"invalid_token"})"));
  http.SetDelay(absl::Seconds(2));
  v1::GetRefreshedProfileRequest request;
  request.set_access_token(token);
  auto profile = executor.Start(replica->broker->GetRefreshedProfile(App(), request));
  executor.Advance(absl::Seconds(1));
  http.SetDelay(absl::ZeroDuration());
  idp.AnswerWith(200,
                 R"({"access_token":"of-somebody-else","expires_in":3600,"id_token":"a.b.c"})");
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  idp.AnswerWith(200, R"({"access_token":"of-somebody-else","expires_in":3600})");
  executor.Advance(absl::Seconds(5));
  ASSERT_TRUE(profile->has_value());
  EXPECT_FALSE((*profile)->ok());
  EXPECT_EQ(Stored(token).tokens().access_token(), "");
}

}  // namespace
}  // namespace evertoken
