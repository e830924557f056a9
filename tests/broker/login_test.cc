#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/proto_time.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::HasSubstr;

std::string QueryParameter(const std::string& url, const std::string& name) {
  const std::string query = url.substr(url.find('?') + 1);
  for (absl::string_view pair : absl::StrSplit(query, '&')) {
    if (absl::ConsumePrefix(&pair, name + "=")) return std::string(pair);
  }
  return "";
}

class LoginTest : public testing::Test, protected BrokerFixture {
 protected:
  absl::StatusOr<WebLoginStart> Begin(const std::string& redirect_uri = "https://app.test/return",
                                      const std::string& provider = "never") {
    WebLoginRequest request;
    request.app = apps->Find("app");
    request.provider = provider;
    request.callback_uri = "https://login.test/callback/" + provider;
    request.app_redirect_uri = redirect_uri;
    request.app_state = "app-state";
    return executor.Await(replica->broker->StartWebLogin(request));
  }

  WebCallback CallbackOf(const WebLoginStart& start) {
    WebCallback callback;
    callback.provider = "never";
    callback.state = Secret(QueryParameter(start.authorization_url, "state"));
    callback.code = Secret(kGoodCode);
    callback.browser_cookie = start.browser_cookie;
    return callback;
  }

  WebLoginResult Complete(WebCallback callback) {
    return executor.Await(replica->broker->CompleteWebLogin(std::move(callback)));
  }

  absl::StatusOr<v1::ExchangeTokenResponse> Exchange(const Secret& request_token,
                                                     const char* app = "app") {
    Caller caller;
    caller.app = apps->Find(app);
    v1::ExchangeTokenRequest request;
    request.set_request_token(request_token.Reveal());
    return executor.Await(replica->broker->ExchangeToken(caller, request));
  }
};

TEST_F(LoginTest, LeadsToAnAccessTokenForFifteenMinutes) {
  auto start = Begin();
  ASSERT_THAT(start, IsOk());
  EXPECT_THAT(start->authorization_url, HasSubstr("https://idp.test/authorize?"));
  EXPECT_EQ(QueryParameter(start->authorization_url, "code_challenge_method"), "S256");

  WebLoginResult result = Complete(CallbackOf(*start));
  ASSERT_THAT(result.request_token, IsOk());
  EXPECT_EQ(result.app_redirect_uri, "https://app.test/return");
  EXPECT_EQ(result.app_state, "app-state");

  auto exchanged = Exchange(*result.request_token);
  ASSERT_THAT(exchanged, IsOk());
  EXPECT_TRUE(IsGuid(exchanged->access_token()));
  EXPECT_EQ(FromTimestamp(exchanged->expire_time()), clock.Now() + absl::Minutes(15));
  EXPECT_EQ(exchanged->expiry_limit(), v1::EXPIRY_LIMIT_DEFAULT);
  EXPECT_EQ(exchanged->provider(), "never");
  EXPECT_EQ(exchanged->subject(), "user-1");
  EXPECT_THAT(Refresh(exchanged->access_token()), IsOk());
}

TEST_F(LoginTest, ARetriedExchangeGetsTheSameAnswerForSecondsOnly) {
  WebLoginResult result = Complete(CallbackOf(*Begin()));
  auto first = Exchange(*result.request_token);
  ASSERT_THAT(first, IsOk());
  clock.Advance(absl::Seconds(9));
  auto again = Exchange(*result.request_token);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->access_token(), first->access_token());
  EXPECT_EQ(again->expire_time().seconds(), first->expire_time().seconds());
  clock.Advance(absl::Seconds(2));
  EXPECT_THAT(Exchange(*result.request_token), HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
}

TEST_F(LoginTest, AnotherAppCanNeitherUseNorSpoilARequestToken) {
  WebLoginResult result = Complete(CallbackOf(*Begin()));
  EXPECT_THAT(Exchange(*result.request_token, "other"),
              HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
  EXPECT_THAT(Exchange(*result.request_token), IsOk());
}

TEST_F(LoginTest, ARequestTokenLivesFifteenMinutes) {
  WebLoginResult late = Complete(CallbackOf(*Begin()));
  clock.Advance(absl::Minutes(15));
  EXPECT_THAT(Exchange(*late.request_token), HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
  WebLoginResult just = Complete(CallbackOf(*Begin()));
  clock.Advance(absl::Minutes(15) - absl::Seconds(1));
  EXPECT_THAT(Exchange(*just.request_token), IsOk());
}

TEST_F(LoginTest, AnUnregisteredRedirectUriIsRefused) {
  for (const char* uri : {"https://app.test/return/", "https://app.test/return?x=1",
                          "https://evil.test/return", ""}) {
    EXPECT_THAT(Begin(uri), HasReason(v1::ERROR_REASON_REQUEST_INVALID)) << uri;
  }
}

TEST_F(LoginTest, UnknownAndDisabledProvidersAreToldApart) {
  EXPECT_THAT(Begin("https://app.test/return", "nowhere"),
              HasReason(v1::ERROR_REASON_PROVIDER_UNKNOWN));
}

TEST_F(LoginTest, AnUnknownStateProvesNothingAndRedirectsNowhere) {
  auto start = Begin();
  WebCallback callback = CallbackOf(*start);
  callback.state = Secret("invented");
  WebLoginResult result = Complete(std::move(callback));
  EXPECT_THAT(result.request_token, HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
  EXPECT_EQ(result.app_redirect_uri, "");
}

TEST_F(LoginTest, AReplayedCallbackIsRefused) {
  auto start = Begin();
  ASSERT_THAT(Complete(CallbackOf(*start)).request_token, IsOk());
  WebLoginResult again = Complete(CallbackOf(*start));
  EXPECT_THAT(again.request_token, HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
  EXPECT_EQ(again.app_redirect_uri, "");
}

TEST_F(LoginTest, AnotherBrowserIsRefusedAndToldNothing) {
  for (const char* cookie : {"", "other-browser"}) {
    auto start = Begin();
    WebCallback callback = CallbackOf(*start);
    callback.browser_cookie = Secret(cookie);
    WebLoginResult result = Complete(std::move(callback));
    EXPECT_THAT(result.request_token, HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
    EXPECT_EQ(result.app_redirect_uri, "");
  }
}

TEST_F(LoginTest, AStateOfOneProviderIsUnknownAtAnothersCallback) {
  auto start = Begin();
  WebCallback callback = CallbackOf(*start);
  callback.provider = "once";
  EXPECT_THAT(Complete(std::move(callback)).request_token,
              HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
}

TEST_F(LoginTest, ACallbackOfAnotherIssuerIsRefusedBeforeItsCodeIsShownToAnybody) {
  for (const char* issuer : {"https://evil.test", "https://issuer.test/", ""}) {
    auto start = Begin("https://app.test/return", "openid");
    ASSERT_THAT(start, IsOk());
    WebCallback callback = CallbackOf(*start);
    callback.provider = "openid";
    callback.iss = issuer;
    WebLoginResult result = Complete(std::move(callback));
    EXPECT_THAT(result.request_token, HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED)) << issuer;
    EXPECT_EQ(result.app_redirect_uri, "https://app.test/return");
  }
  EXPECT_THAT(http.Requests(kTokenUrl), testing::IsEmpty());
}

TEST_F(LoginTest, TheIssuerThatWasAskedMayAnswer) {
  auto start = Begin("https://app.test/return", "openid");
  ASSERT_THAT(start, IsOk());
  WebCallback callback = CallbackOf(*start);
  callback.provider = "openid";
  callback.iss = "https://issuer.test";
  // The scripted token endpoint knows no ID tokens: it is enough that it was asked.
  EXPECT_THAT(Complete(std::move(callback)).request_token,
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_EQ(http.Requests(kTokenUrl).size(), 1u);
}

TEST_F(LoginTest, ALoginMustBeFinishedWithinTenMinutes) {
  auto start = Begin();
  clock.Advance(absl::Minutes(10));
  EXPECT_THAT(Complete(CallbackOf(*start)).request_token,
              HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
}

TEST_F(LoginTest, ARefusalAtTheProviderReachesTheApp) {
  auto start = Begin();
  WebCallback callback = CallbackOf(*start);
  callback.code = Secret();
  callback.error = "access_denied";
  WebLoginResult result = Complete(std::move(callback));
  EXPECT_THAT(result.request_token, HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
  EXPECT_EQ(result.app_redirect_uri, "https://app.test/return");
}

TEST_F(LoginTest, ARefusedCodeReachesTheApp) {
  auto start = Begin();
  WebCallback callback = CallbackOf(*start);
  callback.code = Secret("stolen-code");
  WebLoginResult result = Complete(std::move(callback));
  EXPECT_THAT(result.request_token, HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
  EXPECT_EQ(result.app_redirect_uri, "https://app.test/return");
}

TEST_F(LoginTest, AnUnclaimedGrantCannotBeUsed) {
  WebLoginResult result = Complete(CallbackOf(*Begin()));
  ASSERT_THAT(result.request_token, IsOk());
  // Nobody but the request token's record knows the access token; a guess is as good as any unknown token.
  EXPECT_THAT(Refresh(RandomGuid()), HasReason(v1::ERROR_REASON_TOKEN_NOT_FOUND));
}

TEST_F(LoginTest, AppsThatOwnTheirCallbackDoItByRpc) {
  v1::StartLoginRequest request;
  request.set_provider("never");
  request.set_redirect_uri("https://app.test/return");
  auto start = executor.Await(replica->broker->StartLogin(App(), request));
  ASSERT_THAT(start, IsOk());
  EXPECT_EQ(QueryParameter(start->authorization_url(), "state"), start->state());

  v1::CompleteLoginRequest complete;
  complete.set_state("nobody-gave-this-out");
  EXPECT_THAT(executor.Await(replica->broker->CompleteLogin(App(), complete)),
              HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
  complete.set_state(start->state());
  complete.set_code(kGoodCode);
  Caller other;
  other.app = apps->Find("other");
  EXPECT_THAT(executor.Await(replica->broker->CompleteLogin(other, complete)),
              HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
  auto completed = executor.Await(replica->broker->CompleteLogin(App(), complete));
  ASSERT_THAT(completed, IsOk());
  EXPECT_THAT(Refresh(completed->access_token()), IsOk());
  EXPECT_THAT(executor.Await(replica->broker->CompleteLogin(App(), complete)),
              HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
}

TEST_F(LoginTest, AnAppsOwnCodeIsExchangedOnlyForItsOwnRedirectUri) {
  v1::ExchangeTokenRequest request;
  request.mutable_authorization_code()->set_provider("never");
  request.mutable_authorization_code()->set_code(kGoodCode);
  request.mutable_authorization_code()->set_redirect_uri("https://evil.test/");
  EXPECT_THAT(executor.Await(replica->broker->ExchangeToken(App(), request)),
              HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  request.mutable_authorization_code()->set_redirect_uri("https://app.test/return");
  EXPECT_THAT(executor.Await(replica->broker->ExchangeToken(App(), request)), IsOk());
}

TEST_F(LoginTest, TokensWithoutProofAreRefused) {
  v1::ExchangeTokenRequest request;
  request.mutable_provider_tokens()->set_provider("never");
  request.mutable_provider_tokens()->set_access_token("somebody's");
  EXPECT_THAT(executor.Await(replica->broker->ExchangeToken(App(), request)),
              HasReason(v1::ERROR_REASON_REQUEST_INVALID));
}

}  // namespace
}  // namespace evertoken
