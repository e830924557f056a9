// Tokens and codes that an app's mobile clients hold already: nothing becomes a grant before it is proven whose they are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/proto_time.h"
#include "tests/broker/broker_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::HasSubstr;
using testing::Not;

class NativeExchangeTest : public testing::Test, protected BrokerFixture {
 protected:
  absl::StatusOr<v1::ExchangeTokenResponse> Exchange(const std::string& provider = "looked") {
    v1::ExchangeTokenRequest request;
    request.mutable_provider_tokens()->set_provider(provider);
    request.mutable_provider_tokens()->set_access_token("theirs");
    request.mutable_provider_tokens()->set_refresh_token("refresh-0");
    return executor.Await(replica->broker->ExchangeToken(App(), request));
  }

  void Say(const std::string& body, int status = 200) {
    http.On(kLookUrl, JsonReply(status, body));
  }

  void ExpectRefused() {
    const auto refused = Exchange();
    EXPECT_THAT(refused, HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
    EXPECT_THAT(std::string(refused.status().message()), Not(HasSubstr("theirs")));
    // Nothing was asked in the user's name, and nothing kept.
    EXPECT_EQ(http.Requests(kProfileUrl).size(), 0u);
    EXPECT_EQ(idp.presentations(), 0);
  }
};

TEST_F(NativeExchangeTest, ALookProvesForWhomATokenWasMade) {
  Say(R"({"active":true,"client_id":"client","sub":"user-1","expires_in":600,"scope":"a b"})");
  const auto started = Exchange();
  ASSERT_THAT(started, IsOk());
  const storage::v1::Grant grant = Stored(started->access_token());
  EXPECT_EQ(grant.subject(), "user-1");
  EXPECT_EQ(grant.tokens().client_id(), "");
  EXPECT_EQ(FromTimestamp(grant.tokens().access_expire_time()), clock.Now() + absl::Seconds(600));
  EXPECT_THAT(grant.tokens().scopes(), testing::ElementsAre("a", "b"));
  EXPECT_EQ(grant.profile().display_name(), "Ann");
  ASSERT_EQ(http.Requests(kLookUrl).size(), 1u);
  EXPECT_THAT(http.Requests(kLookUrl)[0].body, HasSubstr("token=theirs"));
}

TEST_F(NativeExchangeTest, ATokenOfAnotherAppIsRefused) {
  for (const char* told :
       {R"({"active":true,"client_id":"other"})", R"({"active":true,"client_id":["other","x"]})",
        R"({"active":true,"client_id":null})", R"({"active":true})"}) {
    Say(told);
    ExpectRefused();
  }
}

TEST_F(NativeExchangeTest, ATokenThatDoesNotWorkIsRefused) {
  for (const char* told :
       {R"({"active":false,"client_id":"client"})", R"({"client_id":"client"})", "<html>", "{}"}) {
    Say(told);
    ExpectRefused();
  }
  Say("{}", 404);
  ExpectRefused();
}

TEST_F(NativeExchangeTest, ALookThatFailsDecidesNothing) {
  Say(R"({"error":"invalid_client"})", 401);
  EXPECT_THAT(Exchange(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
  Say("", 503);
  EXPECT_THAT(Exchange(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  // From then on the provider is left alone.
  Say("", 429);
  EXPECT_THAT(Exchange(), HasReason(v1::ERROR_REASON_PROVIDER_RATE_LIMITED));
  EXPECT_EQ(http.Requests(kProfileUrl).size(), 0u);
}

// The refresh token of a mobile client is that client's: another one that presents it is refused, and that would end the grant.
TEST_F(NativeExchangeTest, TokensOfANativeClientAreRenewedAsThatClient) {
  Say(R"({"active":true,"client_id":"phone","sub":"user-1"})");
  const auto started = Exchange();
  ASSERT_THAT(started, IsOk());
  EXPECT_EQ(Stored(started->access_token()).tokens().client_id(), "phone");
  ASSERT_THAT(Refresh(started->access_token()), IsOk());
  const HttpRequest renewal = http.Requests(kTokenUrl).at(0);
  EXPECT_THAT(renewal.body, HasSubstr("client_id=phone"));
  EXPECT_THAT(renewal.body, Not(HasSubstr("client_secret")));
  for (const auto& [name, value] : renewal.headers) EXPECT_NE(name, "Authorization");
  EXPECT_EQ(Stored(started->access_token()).tokens().client_id(), "phone");
}

// An ID token that nothing can verify takes no place of what a look proved.
TEST_F(NativeExchangeTest, AnIdTokenThatNobodyVerifiesIsNotKept) {
  Say(R"({"active":true,"client_id":"phone","sub":"user-1"})");
  v1::ExchangeTokenRequest request;
  request.mutable_provider_tokens()->set_provider("looked");
  request.mutable_provider_tokens()->set_access_token("theirs");
  request.mutable_provider_tokens()->set_id_token("e30.e30.e30");
  const auto started = executor.Await(replica->broker->ExchangeToken(App(), request));
  ASSERT_THAT(started, IsOk());
  EXPECT_EQ(Stored(started->access_token()).tokens().client_id(), "phone");
  EXPECT_EQ(Stored(started->access_token()).tokens().id_token(), "");
}

TEST_F(NativeExchangeTest, ACodeOfANativeClientIsRedeemedAsThatClient) {
  v1::ExchangeTokenRequest request;
  auto* code = request.mutable_authorization_code();
  code->set_provider("never");
  code->set_code(kGoodCode);
  code->set_redirect_uri("https://app.test/return");
  code->set_client_id("stranger");
  EXPECT_THAT(executor.Await(replica->broker->ExchangeToken(App(), request)),
              HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  code->set_client_id("phone");
  const auto started = executor.Await(replica->broker->ExchangeToken(App(), request));
  ASSERT_THAT(started, IsOk());
  EXPECT_THAT(http.Requests(kTokenUrl).at(0).body, HasSubstr("client_id=phone"));
  EXPECT_EQ(Stored(started->access_token()).tokens().client_id(), "phone");
  code->set_client_id("client");
  const auto own = executor.Await(replica->broker->ExchangeToken(App(), request));
  ASSERT_THAT(own, IsOk());
  EXPECT_EQ(Stored(own->access_token()).tokens().client_id(), "");
}

TEST_F(NativeExchangeTest, AProviderThatNamesNobodyIsBelievedByAClientWithASecretOnly) {
  Say(R"({"active":true,"sub":"user-1"})");
  EXPECT_THAT(Exchange("closed"), IsOk());
  EXPECT_EQ(http.Requests(kLookUrl).size(), 1u);
  EXPECT_THAT(Exchange("public"), HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  EXPECT_EQ(http.Requests(kLookUrl).size(), 1u);
}

TEST_F(NativeExchangeTest, WithoutALookAnIdTokenIsNeeded) {
  EXPECT_THAT(Exchange("openid"), HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  EXPECT_THAT(Exchange("never"), HasReason(v1::ERROR_REASON_REQUEST_INVALID));
}

}  // namespace
}  // namespace evertoken
