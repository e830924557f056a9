// Profile, provider token, introspection, revocation, and what memory may answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/broker_pool.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

class UseCasesTest : public testing::Test, protected BrokerFixture {
 protected:
  absl::StatusOr<v1::GetProviderTokenResponse> ProviderToken(const std::string& token) {
    v1::GetProviderTokenRequest request;
    request.set_access_token(token);
    return executor.Await(replica->broker->GetProviderToken(App(), request));
  }

  v1::IntrospectTokenResponse Introspect(const std::string& token) {
    v1::IntrospectTokenRequest request;
    request.set_access_token(token);
    auto answer = executor.Await(replica->broker->IntrospectToken(App(), request));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? *answer : v1::IntrospectTokenResponse();
  }

  // Refreshes, and lets so much time pass that the provider's token expires while ours lives.
  void OutliveProviderToken(const std::string& token) {
    ASSERT_THAT(Refresh(token), IsOk());
    clock.Advance(absl::Hours(2));
  }
};

TEST_F(UseCasesTest, TheProfileIsFetchedNow) {
  const std::string token = SeedGrant("never");
  EXPECT_EQ(Profile(token)->profile().display_name(), "Ann");
  http.On(kProfileUrl, JsonReply(200, R"({"id":"user-1","name":"Anna"})"));
  auto changed = Profile(token);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->profile().display_name(), "Anna");
  // Rule 10: what did not come this time is kept, with its age.
  EXPECT_EQ(changed->profile().locale(), "en");
  EXPECT_EQ(changed->profile().provider(), "never");
}

TEST_F(UseCasesTest, MaxAgePermitsTheStoredProfile) {
  const std::string token = SeedGrant("never");
  ASSERT_THAT(Profile(token), IsOk());
  clock.Advance(absl::Minutes(1));
  v1::GetRefreshedProfileRequest request;
  request.set_access_token(token);
  *request.mutable_max_age() = ToDuration(absl::Minutes(1));
  ASSERT_THAT(executor.Await(replica->broker->GetRefreshedProfile(App(), request)), IsOk());
  EXPECT_EQ(http.Requests(kProfileUrl).size(), 1u);
  clock.Advance(absl::Seconds(1));
  ASSERT_THAT(executor.Await(replica->broker->GetRefreshedProfile(App(), request)), IsOk());
  EXPECT_EQ(http.Requests(kProfileUrl).size(), 2u);
}

TEST_F(UseCasesTest, RawDocumentsComeOnRequestAndAreNotKept) {
  const std::string token = SeedGrant("never");
  v1::GetRefreshedProfileRequest request;
  request.set_access_token(token);
  request.set_include_raw(true);
  auto answer = executor.Await(replica->broker->GetRefreshedProfile(App(), request));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->profile().raw().at("me").struct_value().fields().at("name").string_value(),
            "Ann");
  EXPECT_TRUE(Stored(token).profile().raw().empty());
  EXPECT_TRUE(Profile(token)->profile().raw().empty());
}

TEST_F(UseCasesTest, AnExpiredProviderTokenIsRenewedBeforeTheProfileIsFetched) {
  const std::string token = SeedGrant("never");
  OutliveProviderToken(token);
  EXPECT_THAT(Profile(token), IsOk());
  EXPECT_EQ(idp.presentations(), 2);
}

TEST_F(UseCasesTest, ARefusedProviderTokenIsRenewedOnce) {
  const std::string token = SeedGrant("never");
  http.On(kProfileUrl, [](const HttpRequest& request) -> absl::StatusOr<HttpReply> {
    for (const auto& [name, value] : request.headers) {
      if (value == "Bearer access-1") return JsonReply(200, R"({"id":"user-1"})");
    }
    return JsonReply(401, "{}");
  });
  EXPECT_THAT(Profile(token), IsOk());
  EXPECT_EQ(idp.presentations(), 1);
}

TEST_F(UseCasesTest, ATokenThatIsRefusedRightAfterItsRenewalIsRenewedAgain) {
  const std::string token = SeedGrant("never");
  ASSERT_THAT(Refresh(token), IsOk());
  int refused = 0;
  http.On(kProfileUrl, [&refused](const HttpRequest&) -> absl::StatusOr<HttpReply> {
    if (++refused == 1) return JsonReply(401, R"({"error":"invalid_token"})");
    return JsonReply(200, R"({"id":"user-1","name":"Ann"})");
  });
  EXPECT_THAT(Profile(token), IsOk());
  EXPECT_EQ(idp.presentations(), 2);
}

TEST_F(UseCasesTest, AWithdrawnPermissionIsFoundByTheProfileCall) {
  const std::string token = SeedGrant("never");
  http.On(kProfileUrl, JsonReply(401, "{}"));
  idp.Withdraw();
  EXPECT_THAT(Profile(token), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_EQ(Introspect(token).state(), v1::GRANT_STATE_REVOKED);
}

TEST_F(UseCasesTest, AProfileOfAnotherUserIsRefused) {
  const std::string token = SeedGrant("never");
  http.On(kProfileUrl, JsonReply(200, R"({"id":"user-2","name":"Eve"})"));
  EXPECT_THAT(Profile(token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_EQ(Stored(token).profile().display_name(), "");
}

TEST_F(UseCasesTest, AProviderTokenIsRenewedWhenItIsTooShort) {
  const std::string token = SeedGrant("never");
  EXPECT_EQ(ProviderToken(token)->provider_access_token(), "access-0");
  OutliveProviderToken(token);
  EXPECT_EQ(ProviderToken(token)->provider_access_token(), "access-2");
}

TEST_F(UseCasesTest, AProviderTokenThatStillLivesIsServedWhenRenewingFails) {
  const std::string token = SeedGrant("never");
  v1::GetProviderTokenRequest request;
  request.set_access_token(token);
  *request.mutable_min_remaining() = ToDuration(absl::Hours(2));
  idp.AnswerWith(503, "{}");
  auto answer = executor.Await(replica->broker->GetProviderToken(App(), request));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->provider_access_token(), "access-0");
}

TEST_F(UseCasesTest, IntrospectionTellsHowRenewingGoes) {
  const std::string token = SeedGrant("never");
  idp.AnswerWith(503, "{}");
  ASSERT_FALSE(Refresh(token).ok());
  v1::IntrospectTokenResponse answer = Introspect(token);
  EXPECT_TRUE(answer.active());
  EXPECT_EQ(answer.state(), v1::GRANT_STATE_FAILING);
  EXPECT_EQ(answer.renewal().failure_reason(), "PROVIDER_UNAVAILABLE");
  EXPECT_EQ(FromTimestamp(answer.renewal().first_failure_time()), clock.Now());
  EXPECT_EQ(answer.subject(), "user-1");
}

TEST_F(UseCasesTest, AnUnknownOrForeignTokenIsInactiveAndNoMore) {
  EXPECT_FALSE(Introspect("00000000-0000-0000-0000-000000000000").active());
  const std::string token = SeedGrant("never");
  v1::IntrospectTokenRequest request;
  request.set_access_token(token);
  Caller other;
  other.app = apps->Find("other");
  auto answer = executor.Await(replica->broker->IntrospectToken(other, request));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->ByteSizeLong(), 0u);
}

TEST_F(UseCasesTest, RevokingEndsTheTokenHereAndForgetsTheProvidersTokens) {
  const std::string token = SeedGrant("never");
  v1::RevokeTokenRequest request;
  request.set_access_token(token);
  EXPECT_THAT(executor.Await(replica->broker->RevokeToken(App(), request)), IsOk());
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_THAT(Profile(token), HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  EXPECT_EQ(Stored(token).tokens().access_token(), "");
  EXPECT_THAT(executor.Await(replica->broker->RevokeToken(App(), request)), IsOk());
}

// Rule 5.
TEST_F(UseCasesTest, AnExpiredAccessTokenCanStillBeRevoked) {
  const std::string token = SeedGrant("never");
  clock.Advance(absl::Hours(1));
  EXPECT_THAT(Refresh(token), HasReason(v1::ERROR_REASON_TOKEN_EXPIRED));
  v1::RevokeTokenRequest request;
  request.set_access_token(token);
  auto revoked = executor.Await(replica->broker->RevokeToken(App(), request));
  ASSERT_THAT(revoked, IsOk());
  EXPECT_TRUE(revoked->revoked_at_provider());
  EXPECT_EQ(Stored(token).state(), v1::GRANT_STATE_REVOKED);
}

TEST_F(UseCasesTest, AStoreOutageIsNoLogout) {
  const std::string token = SeedGrant("never");
  ASSERT_THAT(Profile(token), IsOk());
  replica->faults->GoDown();
  auto refused = Refresh(token);
  EXPECT_THAT(refused, HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_TRUE(RetryAfterOf(refused.status()).has_value());
  EXPECT_TRUE(Introspect(token).active());
  EXPECT_THAT(ProviderToken(token), IsOk());
  replica->faults->Recover();
  EXPECT_THAT(Refresh(token), IsOk());
}

TEST_F(UseCasesTest, MemoryAnswersOnlyWithYes) {
  const std::string token = SeedGrant("never");
  BrokerPool pool({{&executor, replica->broker.get()}}, replica->cache.get(), apps.get(),
                  keys.get(), &clock);
  v1::IntrospectTokenRequest request;
  request.set_access_token(token);
  v1::IntrospectTokenResponse answer;
  EXPECT_FALSE(pool.IntrospectFromMemory(*App().app, request, &answer));
  Introspect(token);
  EXPECT_FALSE(pool.IntrospectFromMemory(*apps->Find("other"), request, &answer));
  ASSERT_TRUE(pool.IntrospectFromMemory(*App().app, request, &answer));
  EXPECT_TRUE(answer.active());
  clock.Advance(absl::Minutes(15));
  EXPECT_FALSE(pool.IntrospectFromMemory(*App().app, request, &answer));
}

TEST_F(UseCasesTest, OneTokenHasOneSeat) {
  BrokerPool pool({{&executor, replica->broker.get()}, {&executor, nullptr}, {&executor, nullptr}},
                  replica->cache.get(), apps.get(), keys.get(), &clock);
  EXPECT_EQ(pool.ForToken("a").broker, pool.ForToken("a").broker);
}

}  // namespace
}  // namespace evertoken
