#include "server/provider/code_redemption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/proto_time.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using storage::v1::ProviderTokens;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTokenUrl[] = "https://acme.test/token";
constexpr char kExchangeUrl[] = "https://acme.test/long";

struct Fixture {
  explicit Fixture(const char* lines = "") : harness(lines) {
    redemption.code = Secret("c0de&x");
    redemption.redirect_uri = "https://us.test/cb";
    redemption.code_verifier = Secret("ver1fier");
    redemption.requested_scopes = {"read", "write"};
    redemption.callback = {{"realm", "7"}, {"other", "x"}};
  }

  absl::StatusOr<ProviderTokens> Redeem() {
    return harness.executor.Await(redeemer.Redeem(harness.acme, redemption));
  }

  ProviderHarness harness;
  CodeRedemption redemption;
  DocumentCache cache{&harness.http, &harness.clock, absl::Seconds(10)};
  Discovery discovery{&cache, &harness.egress};
  Endpoints endpoints{&discovery, &harness.egress};
  TokenEndpoint endpoint{&harness.http, &harness.clock, &endpoints, absl::Seconds(10)};
  CodeRedeemer redeemer{&endpoint};
};

TEST(CodeRedemptionTest, SendsTheCodeInTheBodyOnly) {
  Fixture fixture("    token: {headers: {X-Version: '2'}}");
  fixture.harness.http.On(
      kTokenUrl, JsonReply(200, R"({"access_token":"a","refresh_token":"r","expires_in":60})"));
  const auto tokens = fixture.Redeem();
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->access_token(), "a");
  ASSERT_EQ(fixture.harness.http.Requests().size(), 1u);
  const HttpRequest request = fixture.harness.http.Requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, kTokenUrl);
  EXPECT_EQ(request.timeout, absl::Seconds(10));
  EXPECT_EQ(HeaderOf(request, "content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(HeaderOf(request, "accept"), "application/json");
  EXPECT_EQ(HeaderOf(request, "x-version"), "2");
  EXPECT_THAT(HeaderOf(request, "authorization"), HasSubstr("Basic "));
  const auto form = FormOf(request.body);
  EXPECT_EQ(form.at("grant_type"), "authorization_code");
  EXPECT_EQ(form.at("code"), "c0de&x");
  EXPECT_EQ(form.at("redirect_uri"), "https://us.test/cb");
  EXPECT_EQ(form.at("code_verifier"), "ver1fier");
  EXPECT_EQ(form.count("client_secret"), 0u);
}

TEST(CodeRedemptionTest, TheRedirectUriIsKeptWhereRenewalsRepeatIt) {
  Fixture forgets;
  forgets.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a"})"));
  EXPECT_EQ(forgets.Redeem()->redirect_uri(), "");
  Fixture keeps("    renewal: {parameters: {back: '{redirect_uri}'}}");
  keeps.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a"})"));
  EXPECT_EQ(keeps.Redeem()->redirect_uri(), "https://us.test/cb");
}

TEST(CodeRedemptionTest, CallsItselfByTheEntrysNames) {
  Fixture fixture(
      "    headers: {X-Name: 'us {client_id}', X-Version: 'general'}\n"
      "    token: {headers: {X-Version: '2'}}\n"
      "    authorization: {client_id_parameter: client_key}\n"
      "    client_authentication: {kind: post, client_secret_parameter: key_secret}");
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a"})"));
  ASSERT_THAT(fixture.Redeem(), IsOk());
  const HttpRequest request = fixture.harness.http.Requests().at(0);
  EXPECT_EQ(HeaderOf(request, "x-name"), "us our-client");
  EXPECT_EQ(HeaderOf(request, "x-version"), "2");
  const auto form = FormOf(request.body);
  EXPECT_EQ(form.at("client_key"), "our-client");
  EXPECT_EQ(form.at("key_secret"), "s3cr&t");
  EXPECT_EQ(form.count("client_id") + form.count("client_secret"), 0u);
}

TEST(CodeRedemptionTest, LifetimesCountFromWhenTheRequestWasSent) {
  Fixture fixture;
  const absl::Time sent = fixture.harness.clock.Now();
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a","expires_in":60})"));
  fixture.harness.http.SetDelay(absl::Seconds(8));
  const auto tokens = fixture.Redeem();
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(FromTimestamp(tokens->access_expire_time()), sent + absl::Seconds(60));
}

TEST(CodeRedemptionTest, ScopesThatAreNotToldAreTheRequestedOnes) {
  Fixture fixture;
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a"})"));
  EXPECT_THAT(fixture.Redeem()->scopes(), ElementsAre("read", "write"));
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a","scope":"read"})"));
  EXPECT_THAT(fixture.Redeem()->scopes(), ElementsAre("read"));
}

TEST(CodeRedemptionTest, KeepsFromTheCallbackWhatTheEntryNames) {
  Fixture fixture("    authorization: {keep_from_callback: [realm, absent]}");
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a"})"));
  const auto tokens = fixture.Redeem();
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->kept().size(), 1u);
  EXPECT_EQ(tokens->kept().at("realm"), "7");
}

TEST(CodeRedemptionTest, RefusalsAndFailures) {
  Fixture fixture;
  fixture.harness.http.On(kTokenUrl, JsonReply(400, R"({"error":"invalid_grant"})"));
  EXPECT_THAT(fixture.Redeem(), HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
  fixture.harness.http.On(kTokenUrl, JsonReply(401, R"({"error":"invalid_client"})"));
  EXPECT_THAT(fixture.Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
  fixture.harness.http.On(kTokenUrl, JsonReply(200, "<html>"));
  EXPECT_THAT(fixture.Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  fixture.harness.http.On(kTokenUrl, JsonReply(200, "{}"));
  EXPECT_THAT(fixture.Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  fixture.harness.http.On(kTokenUrl, absl::AbortedError("acme.test"));
  EXPECT_THAT(fixture.Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  fixture.harness.http.On(kTokenUrl, absl::ResourceExhaustedError("acme.test"));
  EXPECT_THAT(fixture.Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  fixture.harness.http.On(kTokenUrl, absl::PermissionDeniedError("acme.test"));
  EXPECT_THAT(fixture.Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
}

TEST(CodeRedemptionTest, AddsTheEntrysParametersWhoseValuesAreKnown) {
  Fixture fixture(
      "    authorization: {keep_from_callback: [realm, absent]}\n"
      "    token: {code_parameters: {realm: '{kept:realm}', more: '{kept:absent}', id: "
      "'{client_id}'}}");
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a"})"));
  ASSERT_THAT(fixture.Redeem(), IsOk());
  const auto form = FormOf(fixture.harness.http.Requests().at(0).body);
  EXPECT_EQ(form.at("realm"), "7");
  EXPECT_EQ(form.at("id"), "our-client");
  EXPECT_EQ(form.at("code"), "c0de&x");
  EXPECT_EQ(form.count("more"), 0u);
}

TEST(CodeRedemptionTest, WritesJsonWhereTheEntryWantsIt) {
  Fixture fixture(
      "    token: {body: json}\n    client_authentication: {kind: post}\n    renewal: {kind: "
      "none}");
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a"})"));
  ASSERT_THAT(fixture.Redeem(), IsOk());
  const HttpRequest request = fixture.harness.http.Requests().at(0);
  EXPECT_EQ(HeaderOf(request, "content-type"), "application/json");
  EXPECT_EQ(request.body, R"({"client_id":"our-client","client_secret":"s3cr&t","code":"c0de&x",)"
                          R"("code_verifier":"ver1fier","grant_type":"authorization_code",)"
                          R"("redirect_uri":"https://us.test/cb"})");
}

TEST(CodeRedemptionTest, RedeemsByTheEntrysOwnRequest) {
  Fixture fixture(
      "    authorization: {keep_from_callback: [realm]}\n"
      "    token: {code_request: {url: 'https://acme.test/redeem', method: GET, secrets_in_url: "
      "true, parameters: {t: '{code}', s: '{client_secret}', r: '{redirect_uri}', k: "
      "'{kept:realm}'}, reply: {access_token: /token}}}");
  fixture.harness.http.On("https://acme.test/redeem", JsonReply(200, R"({"token":"a"})"));
  const auto tokens = fixture.Redeem();
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->access_token(), "a");
  EXPECT_EQ(tokens->kept().at("realm"), "7");
  ASSERT_EQ(fixture.harness.http.Requests().size(), 1u);
  const HttpRequest request = fixture.harness.http.Requests().at(0);
  EXPECT_EQ(request.url,
            "https://acme.test/redeem?k=7&r=https%3A%2F%2Fus.test%2Fcb&s=s3cr%26t&t=c0de%26x");
  EXPECT_TRUE(request.once);
  fixture.harness.http.On("https://acme.test/redeem", JsonReply(200, R"({"error":"used"})"));
  EXPECT_THAT(fixture.Redeem(), HasReason(v1::ERROR_REASON_CREDENTIAL_REJECTED));
}

constexpr char kSecondExchange[] =
    "    post_exchange: {url: 'https://acme.test/long', parameters: {grant: swap, id: "
    "'{client_id}', secret: '{client_secret}', "
    "token: '{access_token}'}}";

TEST(CodeRedemptionTest, TheSecondExchangeReplacesTheFirstToken) {
  Fixture fixture(kSecondExchange);
  fixture.harness.http.On(
      kTokenUrl, JsonReply(200, R"({"access_token":"short","expires_in":60,"scope":"read"})"));
  fixture.harness.http.On(kExchangeUrl,
                          JsonReply(200, R"({"access_token":"long","expires_in":6000})"));
  const auto tokens = fixture.Redeem();
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->access_token(), "long");
  EXPECT_THAT(tokens->scopes(), ElementsAre("read"));
  EXPECT_EQ(FromTimestamp(tokens->access_expire_time()),
            fixture.harness.clock.Now() + absl::Seconds(6000));
  const HttpRequest request = fixture.harness.http.Requests(kExchangeUrl).at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_THAT(request.url, Not(HasSubstr("short")));
  const auto form = FormOf(request.body);
  EXPECT_EQ(form.at("token"), "short");
  EXPECT_EQ(form.at("secret"), "s3cr&t");
}

TEST(CodeRedemptionTest, AFailureOfTheSecondExchangeThatMayPassKeepsTheFirstToken) {
  Fixture fixture(kSecondExchange);
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"short","expires_in":60})"));
  for (const int status : {429, 500, 503}) {
    fixture.harness.http.On(kExchangeUrl, JsonReply(status, ""));
    const auto tokens = fixture.Redeem();
    ASSERT_THAT(tokens, IsOk());
    EXPECT_EQ(tokens->access_token(), "short");
  }
  fixture.harness.http.On(kExchangeUrl, JsonReply(401, R"({"error":"invalid_client"})"));
  EXPECT_THAT(fixture.Redeem(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
}

TEST(CodeRedemptionTest, FurtherPairsAreReadWhereTheyStand) {
  Fixture fixture(
      "    token: {reply: {keep: {team: /team}}, secondary: {bot: {at: /bot}, page: {at: /page}, "
      "me: {}}}");
  fixture.harness.http.On(kTokenUrl,
                          JsonReply(200, R"({"access_token":"a","refresh_token":"r","team":"T1",
                         "bot":{"access_token":"b","refresh_token":"br","expires_in":60,"scope":"x"},
                         "page":{"name":"none"}})"));
  const auto tokens = fixture.Redeem();
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->access_token(), "a");
  ASSERT_EQ(tokens->secondary_size(), 1);
  const ProviderTokens& bot = tokens->secondary().at("bot");
  EXPECT_EQ(bot.access_token(), "b");
  EXPECT_EQ(bot.refresh_token(), "br");
  EXPECT_EQ(bot.chain(), "bot");
  EXPECT_THAT(bot.scopes(), ElementsAre("x"));
  EXPECT_EQ(bot.kept().at("team"), "T1");
  EXPECT_EQ(FromTimestamp(bot.access_expire_time()),
            fixture.harness.clock.Now() + absl::Seconds(60));
}

TEST(CodeRedemptionTest, OnePairUnderTwoNamesIsOne) {
  Fixture fixture("    token: {secondary: {one: {at: /bot}, two: {at: /bot/copy}}}");
  fixture.harness.http.On(kTokenUrl,
                          JsonReply(200, R"({"access_token":"a","refresh_token":"r","bot":{
                         "access_token":"b","refresh_token":"br",
                         "copy":{"access_token":"b2","refresh_token":"br"}}})"));
  const auto tokens = fixture.Redeem();
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->secondary_size(), 1);
}

}  // namespace
}  // namespace evertoken
