// Logins that bring further pairs of tokens, which live apart from the first.

#include "server/broker/companions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/broker_pool.h"
#include "server/store/memory/memory_store.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using Trouble = FakeTokenEndpoint::Trouble;
using ::testing::ElementsAre;

class CompanionsTest : public testing::Test, protected BrokerFixture {
 protected:
  CompanionsTest() {
    http.On(kPairsUrl, [this](const HttpRequest& request) { return Answer(request); });
  }
  ~CompanionsTest() override {
    replica->broker->StopKeepAlive();
    executor.Advance(absl::Minutes(2));
  }

  absl::StatusOr<HttpReply> Answer(const HttpRequest& request) {
    if (absl::StrContains(request.body, "grant_type=authorization_code")) {
      const std::string both = bot.Answer(request)->body;
      return JsonReply(200,
                       absl::StrCat(both.substr(0, both.size() - 1), R"(,"scope":"chat","user":)",
                                    user.Answer(request)->body, "}"));
    }
    return absl::StrContains(request.body, "refresh_token=bot-") ? bot.Answer(request)
                                                                 : user.Answer(request);
  }

  Caller CallerOf(const char* app) const { return Caller{apps->Find(app), {}}; }

  // The access token of a login's grant.
  std::string Login(const char* app = "app") {
    v1::ExchangeTokenRequest request;
    request.mutable_authorization_code()->set_provider("pairs");
    request.mutable_authorization_code()->set_code(kGoodCode);
    request.mutable_authorization_code()->set_redirect_uri("https://app.test/return");
    auto exchanged = executor.Await(replica->broker->ExchangeToken(CallerOf(app), request));
    EXPECT_THAT(exchanged, IsOk());
    return exchanged.ok() ? exchanged->access_token() : "";
  }

  absl::StatusOr<v1::GetProviderTokenResponse> Get(const std::string& token,
                                                   const std::string& chain) {
    v1::GetProviderTokenRequest request;
    request.set_access_token(token);
    request.set_chain(chain);
    return executor.Await(replica->broker->GetProviderToken(App(), request));
  }

  std::string TokenOf(const std::string& token, const std::string& chain) {
    auto got = Get(token, chain);
    EXPECT_THAT(got, IsOk());
    return got.ok() ? got->provider_access_token() : "";
  }

  absl::StatusOr<v1::RevokeTokenResponse> Revoke(const std::string& token) {
    v1::RevokeTokenRequest request;
    request.set_access_token(token);
    return executor.Await(replica->broker->RevokeToken(App(), request));
  }

  bool IsActive(const std::string& token) {
    v1::IntrospectTokenRequest request;
    request.set_access_token(token);
    return executor.Await(replica->broker->IntrospectToken(App(), request))->active();
  }

  SlotKey BotKey(const std::string& token) const { return SlotKey{KeyOf(token).value + ".bot"}; }

  // The bot's record as the store has it; the default instance: it has none.
  storage::v1::Grant StoredBot(const std::string& token) {
    SealingStore direct(std::make_unique<MemoryStore>(&backend), keys.get());
    auto slot = executor.Await(direct.ReadGrant(BotKey(token)));
    storage::v1::Grant grant;
    EXPECT_TRUE(!slot.ok() || grant.ParseFromString(slot->record));
    return grant;
  }

  std::vector<std::string> RevokedTokens() const {
    std::vector<std::string> tokens;
    for (const HttpRequest& request : http.Requests(kRevokeUrl)) {
      const size_t at = request.body.find("token=") + 6;
      tokens.push_back(request.body.substr(at, request.body.find('&', at) - at));
    }
    return tokens;
  }

  FakeTokenEndpoint user{&http, "https://user.test/token"};
  FakeTokenEndpoint bot{&http, "https://bot.test/token", "bot-"};
};

TEST_F(CompanionsTest, AreAskedForByName) {
  const std::string token = Login();
  auto first = Get(token, "");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->provider_access_token(), "access-0");
  EXPECT_THAT(first->chains(), ElementsAre("bot"));
  auto second = Get(token, "bot");
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->provider_access_token(), "bot-access-0");
  EXPECT_THAT(second->scopes(), ElementsAre("chat"));
  EXPECT_THAT(second->chains(), ElementsAre("bot"));
  EXPECT_EQ(second->provider(), "pairs");
}

TEST_F(CompanionsTest, ThereAreNoneButTheLoginsOwn) {
  const std::string token = Login();
  EXPECT_THAT(Get(token, "cat").status(), HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  const std::string single = SeedGrant("never");
  EXPECT_THAT(Get(single, "bot").status(), HasReason(v1::ERROR_REASON_REQUEST_INVALID));
}

TEST_F(CompanionsTest, NoAccessTokenLeadsToThemAlone) {
  const std::string token = Login();
  EXPECT_THAT(Refresh(token + ".bot").status(), HasReason(v1::ERROR_REASON_TOKEN_NOT_FOUND));
}

TEST_F(CompanionsTest, APairThatIsTheFirstIsNone) {
  http.On(kPairsUrl, [this](const HttpRequest& request) { return bot.Answer(request); });
  const std::string token = Login();
  auto first = Get(token, "");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->provider_access_token(), "bot-access-0");
  EXPECT_TRUE(first->chains().empty());
}

TEST_F(CompanionsTest, EachIsRenewedByItsOwnRefreshToken) {
  const std::string token = Login();
  ASSERT_THAT(Refresh(token), IsOk());
  executor.Advance(absl::Hours(2));
  EXPECT_EQ(TokenOf(token, "bot"), "bot-access-2");
  EXPECT_EQ(user.presentations(), 1);
  EXPECT_EQ(TokenOf(token, ""), "access-2");
  EXPECT_FALSE(bot.dead() || user.dead());
}

TEST_F(CompanionsTest, CallersShareOneRenewal) {
  const std::string token = Login();
  ASSERT_THAT(Refresh(token), IsOk());
  executor.Advance(absl::Hours(2));
  v1::GetProviderTokenRequest request;
  request.set_access_token(token);
  request.set_chain("bot");
  auto one = executor.Start(replica->broker->GetProviderToken(App(), request));
  auto other = executor.Start(replica->broker->GetProviderToken(App(), request));
  executor.Advance(absl::Seconds(1));
  EXPECT_EQ(bot.presentations(), 2);
  EXPECT_FALSE(bot.dead());
}

TEST_F(CompanionsTest, AreRenewedWithTheGrantWithoutItsCallerWaiting) {
  const std::string token = Login();
  bot.Cause(Trouble::kDown);
  ASSERT_THAT(Refresh(token), IsOk());
  executor.Advance(absl::Seconds(1));
  EXPECT_EQ(bot.presentations(), 1);
  EXPECT_EQ(TokenOf(token, "bot"), "bot-access-0");
  executor.Advance(absl::Minutes(1));
  ASSERT_THAT(Refresh(token), IsOk());
  executor.Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(token, "bot"), "bot-access-1");
}

TEST_F(CompanionsTest, TheEndOfOneChangesNothingElse) {
  const std::string token = Login();
  ASSERT_THAT(Refresh(token), IsOk());
  bot.Withdraw();
  executor.Advance(absl::Hours(2));
  EXPECT_THAT(Get(token, "bot").status(), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_TRUE(IsActive(token));
  EXPECT_EQ(TokenOf(token, ""), "access-2");
}

TEST_F(CompanionsTest, ALostAnswerLeavesTheQuestionWithThatPair) {
  const std::string token = Login();
  ASSERT_THAT(Refresh(token), IsOk());
  executor.Advance(absl::Hours(2));
  bot.Cause(Trouble::kReplyLost);
  EXPECT_THAT(Get(token, "bot").status(), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_THAT(Get(token, "bot").status(), HasReason(v1::ERROR_REASON_REFRESH_AMBIGUOUS));
  EXPECT_EQ(bot.presentations(), 2);
  EXPECT_EQ(TokenOf(token, ""), "access-2");
}

TEST_F(CompanionsTest, RevokingEndsAllAtTheProvider) {
  const std::string token = Login();
  auto revoked = Revoke(token);
  ASSERT_THAT(revoked, IsOk());
  EXPECT_TRUE(revoked->revoked_at_provider());
  EXPECT_THAT(RevokedTokens(), ElementsAre("bot-refresh-0", "refresh-0"));
  EXPECT_EQ(StoredBot(token).tokens().access_token(), "");
  EXPECT_THAT(Get(token, "bot").status(), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
}

TEST_F(CompanionsTest, RevokingEndsWhatTheEndOfTheGrantLeft) {
  const std::string token = Login();
  ASSERT_THAT(Refresh(token), IsOk());
  user.Withdraw();
  executor.Advance(absl::Hours(2));
  EXPECT_THAT(Refresh(token).status(), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  ASSERT_THAT(Revoke(token), IsOk());
  EXPECT_THAT(RevokedTokens(), ElementsAre("bot-refresh-1"));
  EXPECT_EQ(StoredBot(token).state(), v1::GRANT_STATE_REVOKED);
}

TEST_F(CompanionsTest, WhatEndedHereAloneIsNotSaidToHaveEndedAtTheProvider) {
  const std::string token = Login();
  http.On(kRevokeUrl, [this](const HttpRequest&) {
    replica->faults->GoDown();
    return JsonReply(503, "");
  });
  ASSERT_THAT(Revoke(token), IsOk());
  replica->faults->Recover();
  http.On(kRevokeUrl, JsonReply(200, ""));
  auto again = Revoke(token);
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->revoked_at_provider());
}

TEST_F(CompanionsTest, RevokingAgainEndsWhatAnOutageLeft) {
  const std::string token = Login();
  replica->faults->GoDown();
  EXPECT_THAT(Revoke(token).status(), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  replica->faults->Recover();
  ASSERT_THAT(Revoke(token), IsOk());
  EXPECT_THAT(RevokedTokens(), ElementsAre("bot-refresh-0", "refresh-0"));
}

TEST_F(CompanionsTest, EndHereWhateverTheProviderSays) {
  const std::string token = Login();
  http.On(kRevokeUrl, JsonReply(503, ""));
  auto revoked = Revoke(token);
  ASSERT_THAT(revoked, IsOk());
  EXPECT_FALSE(revoked->revoked_at_provider());
  EXPECT_EQ(StoredBot(token).state(), v1::GRANT_STATE_REVOKED);
}

TEST_F(CompanionsTest, LivelyGrantsKeepThemAlive) {
  const std::string token = Login("lively");
  replica->broker->StartKeepAlive();
  executor.Advance(absl::Hours(24));
  EXPECT_GT(bot.presentations(), 24);
  EXPECT_FALSE(bot.dead() || user.dead());
  EXPECT_GT(FromTimestamp(StoredBot(token).tokens().access_expire_time()), clock.Now());
  EXPECT_GT(FromTimestamp(StoredBot(token).expire_time()), clock.Now());
}

TEST_F(CompanionsTest, RestWhenTheProviderEndedTheirGrantAndEndADayLater) {
  const std::string token = Login("lively");
  replica->broker->StartKeepAlive();
  user.Withdraw();
  executor.Advance(absl::Hours(1));
  ASSERT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
  const int before = bot.presentations();
  executor.Advance(absl::Hours(12));
  EXPECT_EQ(bot.presentations(), before);
  EXPECT_EQ(StoredBot(token).state(), v1::GRANT_STATE_ACTIVE);
  executor.Advance(absl::Hours(12));
  EXPECT_EQ(bot.presentations(), before);
  EXPECT_EQ(StoredBot(token).tokens().refresh_token(), "");
}

TEST_F(CompanionsTest, ARenewalThatSavesTheGrantAtItsEndSavesThem) {
  const std::string token = Login();
  replica->broker->StartKeepAlive();
  executor.Advance(absl::Minutes(15) - absl::Seconds(2));
  http.SetDelay(absl::Seconds(8));
  auto refreshed = executor.Start(replica->broker->RefreshToken(App(), RefreshRequest(token)));
  executor.Advance(absl::Seconds(20));
  http.SetDelay(absl::ZeroDuration());
  ASSERT_TRUE(refreshed->has_value());
  ASSERT_THAT(**refreshed, IsOk());
  EXPECT_EQ(TokenOf(token, "bot"), "bot-access-1");
}

TEST_F(CompanionsTest, MemoryAnswersForTheFirstAlone) {
  const std::string token = Login();
  ASSERT_EQ(TokenOf(token, ""), "access-0");
  BrokerPool pool({{&executor, replica->broker.get()}}, replica->cache.get(), apps.get(),
                  keys.get(), &clock);
  v1::GetProviderTokenRequest request;
  request.set_access_token(token);
  v1::GetProviderTokenResponse answer;
  ASSERT_TRUE(pool.ProviderTokenFromMemory(*apps->Find("app"), request, &answer));
  EXPECT_THAT(answer.chains(), ElementsAre("bot"));
  request.set_chain("bot");
  EXPECT_FALSE(pool.ProviderTokenFromMemory(*apps->Find("app"), request, &answer));
}

TEST_F(CompanionsTest, LiveAsLongAsTheirGrant) {
  const std::string token = Login();
  ASSERT_THAT(Refresh(token), IsOk());
  executor.Advance(absl::Hours(24 * 50));
  EXPECT_EQ(FromTimestamp(StoredBot(token).expire_time()),
            FromTimestamp(Stored(token).expire_time()));
  bot.Cause(Trouble::kDown);
  ASSERT_THAT(Refresh(token), IsOk());
  executor.Advance(absl::Hours(24 * 50));
  EXPECT_EQ(TokenOf(token, "bot"), "bot-access-2");
}

TEST_F(CompanionsTest, AreForgottenAfterTheirGrant) {
  const std::string token = Login();
  replica->broker->StartKeepAlive();
  executor.Advance(absl::Hours(25));
  EXPECT_EQ(StoredBot(token).tokens().access_token(), "");
  executor.Advance(absl::Hours(25));
  EXPECT_EQ(StoredBot(token).app(), "");
  EXPECT_EQ(bot.presentations(), 0);
}

TEST_F(CompanionsTest, AreReadWhileTheStoreIsAway) {
  const std::string token = Login();
  ASSERT_EQ(TokenOf(token, "bot"), "bot-access-0");
  replica->faults->GoDown();
  EXPECT_EQ(TokenOf(token, "bot"), "bot-access-0");
  replica->faults->Recover();
}

}  // namespace
}  // namespace evertoken
