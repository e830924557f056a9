// Access tokens that are looked at without a caller, and renewals that wait for a refusal.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/proto_time.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

class TokenLookTest : public testing::Test, protected BrokerFixture {
 protected:
  TokenLookTest() { Say(R"({"active":true,"client_id":"client"})"); }
  ~TokenLookTest() override {
    replica->broker->StopKeepAlive();
    executor.Advance(absl::Minutes(2));
  }

  void Say(const std::string& body, int status = 200) {
    http.On(kLookUrl, JsonReply(status, body));
  }
  size_t looks() const { return http.Requests(kLookUrl).size(); }

  // A grant that lives for days.
  std::string Begin(const std::string& provider) {
    const std::string token = SeedGrant(provider);
    EXPECT_THAT(Refresh(token), IsOk());
    replica->broker->StartKeepAlive();
    return token;
  }
};

TEST_F(TokenLookTest, EveryIntervalWhateverTheApp) {
  const std::string token = Begin("watched");
  executor.Advance(absl::Minutes(59));
  EXPECT_EQ(looks(), 0u);
  executor.Advance(absl::Hours(10));
  EXPECT_EQ(looks(), 10u);
  EXPECT_EQ(idp.presentations(), 1);
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_ACTIVE);
}

TEST_F(TokenLookTest, AnAnswerThatTeachesNothingIsNotAskedForAgainBeforeItsTime) {
  Begin("watched");
  Say("{}", 404);
  executor.Advance(absl::Hours(10) + absl::Minutes(59));
  EXPECT_EQ(looks(), 10u);
}

TEST_F(TokenLookTest, ALookWithoutAnAnswerIsTriedAgainSoon) {
  Begin("watched");
  Say("", 503);
  executor.Advance(absl::Minutes(61));
  const size_t asked = looks();
  EXPECT_GE(asked, 1u);
  executor.Advance(absl::Minutes(5));
  EXPECT_GT(looks(), asked);
}

TEST_F(TokenLookTest, OthersAreNotLookedAt) {
  Begin("looked");
  executor.Advance(absl::Hours(10));
  EXPECT_EQ(looks(), 0u);
}

TEST_F(TokenLookTest, ARefusalRenewsOnce) {
  const std::string token = Begin("watched");
  http.On(kLookUrl, [this](const HttpRequest& request) {
    const bool old = request.body.find("access-1") != std::string::npos;
    return old ? JsonReply(200, R"({"active":false,"client_id":"client"})")
               : JsonReply(200, R"({"active":true,"client_id":"client"})");
  });
  executor.Advance(absl::Minutes(61));
  EXPECT_EQ(looks(), 1u);
  EXPECT_EQ(idp.presentations(), 2);
  EXPECT_EQ(Stored(token).tokens().access_token(), "access-2");
  executor.Advance(absl::Hours(1));
  EXPECT_EQ(looks(), 2u);
  EXPECT_EQ(idp.presentations(), 2);
}

TEST_F(TokenLookTest, OnlyARuleEndsAGrant) {
  const std::string token = Begin("watched");
  for (const int status : {500, 404, 429}) {
    Say("{}", status);
    executor.Advance(absl::Hours(2));
    EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_ACTIVE) << status;
    EXPECT_EQ(idp.presentations(), 1) << status;
  }
  Say(R"({"active":true,"client_id":"other"})");
  executor.Advance(absl::Hours(2));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_ACTIVE);
  Say(R"({"gone":true})", 403);
  executor.Advance(absl::Hours(2));
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
  const size_t asked = looks();
  executor.Advance(absl::Hours(5));
  EXPECT_EQ(looks(), asked);
}

TEST_F(TokenLookTest, AnEndThatNoReplyToldIsFilledInAfterwards) {
  idp.AnswerWith(200, R"({"access_token":"endless","refresh_token":"refresh-0"})");
  Say(R"({"active":true,"client_id":"client","expires_in":7200})");
  const std::string token = Begin("looked");
  EXPECT_FALSE(Stored(token).tokens().has_access_expire_time());
  executor.Advance(absl::Minutes(1));
  EXPECT_EQ(looks(), 1u);
  const absl::Time end = FromTimestamp(Stored(token).tokens().access_expire_time());
  EXPECT_NEAR(absl::ToDoubleSeconds(end - clock.Now()), 7200, 60);
  executor.Advance(absl::Hours(5));
  EXPECT_EQ(looks(), 1u);
}

TEST_F(TokenLookTest, AnExpiredTokenIsTriedWhereOnlyARefusalRenews) {
  const std::string token = SeedGrant("watched");
  ASSERT_THAT(Refresh(token), IsOk());
  clock.Advance(absl::Hours(2));
  ASSERT_THAT(Profile(token), IsOk());
  EXPECT_EQ(idp.presentations(), 1);
  http.On(kProfileUrl, [](const HttpRequest& request) {
    for (const auto& [name, value] : request.headers) {
      if (value == "Bearer access-1") return JsonReply(401, "{}");
    }
    return JsonReply(200, R"({"id":"user-1","name":"Ann"})");
  });
  ASSERT_THAT(Profile(token), IsOk());
  EXPECT_EQ(idp.presentations(), 2);
}

}  // namespace
}  // namespace evertoken
