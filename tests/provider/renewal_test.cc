#include "server/provider/renewal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/base/proto_time.h"
#include "server/provider/token_binding.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using storage::v1::ProviderTokens;

constexpr char kTokenUrl[] = "https://acme.test/token";
constexpr char kSwapUrl[] = "https://acme.test/swap";

struct Fixture {
  explicit Fixture(const char* lines = "") : harness(lines) {
    current.set_access_token("a1");
    current.set_refresh_token("r1");
    *current.mutable_obtain_time() = ToTimestamp(harness.clock.Now() - absl::Hours(2));
    *current.mutable_access_expire_time() = ToTimestamp(harness.clock.Now() - absl::Hours(1));
  }

  RenewalResult Renew() {
    return harness.executor.Await(renewer.Renew(harness.acme, current, absl::InfiniteFuture()));
  }

  ProviderHarness harness;
  ProviderTokens current;
  DocumentCache cache{&harness.http, &harness.clock, absl::Seconds(10)};
  Discovery discovery{&cache, &harness.egress};
  Endpoints endpoints{&discovery, &harness.egress};
  TokenEndpoint endpoint{&harness.http, &harness.clock, &endpoints, absl::Seconds(10)};
  ProfileFetcher profiles{&harness.http, &harness.clock, &endpoints, absl::Seconds(10)};
  Renewer renewer{&harness.clock, &endpoint, &profiles};
};

TEST(RenewalTest, RefreshesAndMerges) {
  Fixture fixture(
      "    renewal: {kind: refresh_token_grant, lost_response_policy: retry, parameters: "
      "{audience: x}}");
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a2","expires_in":60})"));
  const RenewalResult result = fixture.Renew();
  EXPECT_EQ(result.outcome, SpendOutcome::kAnswered);
  ASSERT_THAT(result.tokens, IsOk());
  EXPECT_EQ(result.tokens->access_token(), "a2");
  EXPECT_EQ(result.tokens->refresh_token(), "r1");
  const auto form = FormOf(fixture.harness.http.Requests().at(0).body);
  EXPECT_EQ(form.at("grant_type"), "refresh_token");
  EXPECT_EQ(form.at("refresh_token"), "r1");
  EXPECT_EQ(form.at("audience"), "x");
  EXPECT_EQ(form.count("client_id"), 0u);
}

TEST(RenewalTest, RefreshesByTheEntrysOwnRequest) {
  Fixture fixture(
      "    renewal: {request: {url: 'https://acme.test/swap', method: GET, secrets_in_url: true, "
      "parameters: {appid: '{client_id}', token: '{refresh_token}'}, reply: {access_token: "
      "/token}}}");
  fixture.harness.http.On(kSwapUrl, JsonReply(200, R"({"token":"a2","refresh_token":"r2"})"));
  RenewalResult result = fixture.Renew();
  EXPECT_EQ(result.outcome, SpendOutcome::kAnswered);
  ASSERT_THAT(result.tokens, IsOk());
  EXPECT_EQ(result.tokens->access_token(), "a2");
  EXPECT_EQ(result.tokens->refresh_token(), "r2");
  ASSERT_EQ(fixture.harness.http.Requests().size(), 1u);
  const HttpRequest request = fixture.harness.http.Requests().at(0);
  EXPECT_EQ(request.url, "https://acme.test/swap?appid=our-client&token=r1");
  EXPECT_TRUE(request.once);
  fixture.harness.http.On(kSwapUrl, absl::AbortedError("acme.test"));
  EXPECT_EQ(fixture.Renew().outcome, SpendOutcome::kUnknown);
  fixture.current.clear_refresh_token();
  result = fixture.Renew();
  EXPECT_THAT(result.tokens, HasReason(v1::ERROR_REASON_REFRESH_NOT_SUPPORTED));
  EXPECT_EQ(fixture.harness.http.Requests().size(), 2u);
}

TEST(RenewalTest, WithoutARefreshTokenTheProfileTellsWhetherTheTokenLives) {
  Fixture fixture("    renewal: {without_refresh_token: liveness_check}");
  fixture.harness.http.On("https://acme.test/me", JsonReply(200, R"({"sub":"u"})"));
  fixture.current.clear_refresh_token();
  fixture.harness.acme = ForTokens(fixture.harness.acme, fixture.current);
  const RenewalResult result = fixture.Renew();
  EXPECT_EQ(result.outcome, SpendOutcome::kAnswered);
  ASSERT_THAT(result.tokens, IsOk());
  EXPECT_EQ(result.tokens->access_token(), "a1");
  EXPECT_EQ(fixture.harness.http.Requests(kTokenUrl).size(), 0u);
}

constexpr char kPlaceholders[] = R"(
    authorization: {scope_separator: comma}
    renewal:
      parameters:
        back: "{redirect_uri}"
        scope: "{scopes}"
        state: "{random}"
        device: "{kept:device}"
        who: "{client_id}"
    token: {reply: {keep: {device: /device}}}
)";

TEST(RenewalTest, ParametersAreFilledInFromTheLogin) {
  Fixture fixture(kPlaceholders);
  fixture.current.set_redirect_uri("https://us.test/cb");
  fixture.current.add_scopes("a");
  fixture.current.add_scopes("b");
  (*fixture.current.mutable_kept())["device"] = "d1";
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a2"})"));
  const RenewalResult result = fixture.Renew();
  ASSERT_THAT(result.tokens, IsOk());
  EXPECT_EQ(result.tokens->redirect_uri(), "https://us.test/cb");
  ASSERT_THAT(fixture.Renew().tokens, IsOk());
  const auto form = FormOf(fixture.harness.http.Requests().at(0).body);
  EXPECT_EQ(form.at("back"), "https://us.test/cb");
  EXPECT_EQ(form.at("scope"), "a,b");
  EXPECT_EQ(form.at("device"), "d1");
  EXPECT_EQ(form.at("who"), "our-client");
  EXPECT_EQ(form.at("state").size(), 22u);
  EXPECT_NE(form.at("state"), FormOf(fixture.harness.http.Requests().at(1).body).at("state"));
}

TEST(RenewalTest, AParameterWhoseValueIsUnknownIsLeftOut) {
  Fixture fixture(kPlaceholders);
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a2"})"));
  ASSERT_THAT(fixture.Renew().tokens, IsOk());
  const auto form = FormOf(fixture.harness.http.Requests().at(0).body);
  EXPECT_EQ(form.count("back") + form.count("scope") + form.count("device"), 0u);
  EXPECT_EQ(form.count("state") + form.count("who"), 2u);
}

TEST(RenewalTest, TakesTheRotatedToken) {
  Fixture fixture;
  fixture.harness.http.On(kTokenUrl,
                          JsonReply(200, R"({"access_token":"a2","refresh_token":"r2"})"));
  EXPECT_EQ(fixture.Renew().tokens->refresh_token(), "r2");
}

TEST(RenewalTest, TellsWhetherTheTokenMayBeSpent) {
  const std::vector<std::pair<absl::Status, SpendOutcome>> errors = {
      {absl::UnavailableError("acme.test"), SpendOutcome::kNotSent},
      {absl::PermissionDeniedError("acme.test"), SpendOutcome::kNotSent},
      {absl::DeadlineExceededError("acme.test"), SpendOutcome::kUnknown},
      {absl::AbortedError("acme.test"), SpendOutcome::kUnknown},
      {absl::ResourceExhaustedError("acme.test"), SpendOutcome::kUnclear},
  };
  for (const auto& [error, outcome] : errors) {
    Fixture fixture;
    fixture.harness.http.On(kTokenUrl, error);
    const RenewalResult result = fixture.Renew();
    EXPECT_EQ(result.outcome, outcome) << error;
    EXPECT_FALSE(result.tokens.ok()) << error;
  }
}

TEST(RenewalTest, AWholeReplyTellsWhetherTheTokenMayBeSpent) {
  const std::vector<std::pair<int, SpendOutcome>> replies = {
      {200, SpendOutcome::kUnclear},  {302, SpendOutcome::kUnclear},
      {400, SpendOutcome::kAnswered}, {403, SpendOutcome::kAnswered},
      {429, SpendOutcome::kAnswered}, {500, SpendOutcome::kUnclear},
      {502, SpendOutcome::kUnclear},  {503, SpendOutcome::kAnswered},
      {504, SpendOutcome::kUnclear},
  };
  for (const auto& [status, outcome] : replies) {
    Fixture fixture;
    fixture.harness.http.On(kTokenUrl, JsonReply(status, "what?"));
    const RenewalResult result = fixture.Renew();
    EXPECT_EQ(result.outcome, outcome) << status;
    EXPECT_FALSE(result.tokens.ok()) << status;
  }
}

TEST(RenewalTest, NothingIsSentWithoutSomethingToSend) {
  Fixture fixture;
  fixture.current.clear_refresh_token();
  const RenewalResult result = fixture.Renew();
  EXPECT_EQ(result.outcome, SpendOutcome::kNotSent);
  EXPECT_THAT(result.tokens, HasReason(v1::ERROR_REASON_REFRESH_NOT_SUPPORTED));
  Fixture none("    renewal: {kind: none}");
  EXPECT_THAT(none.Renew().tokens, HasReason(v1::ERROR_REASON_REFRESH_NOT_SUPPORTED));
  EXPECT_TRUE(none.harness.http.Requests().empty());
}

TEST(RenewalTest, DiscoveryThatFailsSpendsNothing) {
  Fixture fixture(
      "    issuer: https://acme.test\n    token: {url: ''}\n    client_authentication: {kind: "
      "by_discovery}");
  fixture.harness.http.On("https://acme.test/.well-known/openid-configuration",
                          absl::DeadlineExceededError("acme.test"));
  const RenewalResult result = fixture.Renew();
  EXPECT_EQ(result.outcome, SpendOutcome::kNotSent);
  EXPECT_THAT(result.tokens, HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
}

constexpr char kSwap[] =
    "    renewal: {kind: exchange_access_token, only_while_alive: true, lost_response_policy: "
    "retry_once, request: "
    "{url: 'https://acme.test/swap', parameters: {t: '{access_token}'}}}";

TEST(RenewalTest, ExchangesALivingToken) {
  Fixture fixture(kSwap);
  *fixture.current.mutable_access_expire_time() =
      ToTimestamp(fixture.harness.clock.Now() + absl::Hours(1));
  fixture.harness.http.On(kSwapUrl, JsonReply(200, R"({"access_token":"a2","expires_in":60})"));
  const RenewalResult result = fixture.Renew();
  ASSERT_THAT(result.tokens, IsOk());
  EXPECT_EQ(result.tokens->access_token(), "a2");
  EXPECT_EQ(FormOf(fixture.harness.http.Requests().at(0).body).at("t"), "a1");
}

TEST(RenewalTest, AnExpiredTokenIsNotSentWhereOnlyALivingOneCounts) {
  Fixture fixture(kSwap);
  const RenewalResult result = fixture.Renew();
  EXPECT_EQ(result.outcome, SpendOutcome::kNotSent);
  EXPECT_THAT(result.tokens, HasReason(v1::ERROR_REASON_GRANT_EXPIRED));
  EXPECT_TRUE(fixture.harness.http.Requests().empty());
}

TEST(RenewalTest, AYoungTokenIsGivenBackAsItIs) {
  Fixture fixture(
      "    renewal: {kind: refresh_token_grant, lost_response_policy: retry, minimum_age: 3h}");
  const RenewalResult result = fixture.Renew();
  EXPECT_EQ(result.outcome, SpendOutcome::kNotSent);
  ASSERT_THAT(result.tokens, IsOk());
  EXPECT_EQ(result.tokens->access_token(), "a1");
  fixture.harness.clock.Advance(absl::Hours(1));
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a2"})"));
  EXPECT_EQ(fixture.Renew().tokens->access_token(), "a2");
}

TEST(RenewalTest, PassesOnHowLongTheProviderWantsToBeLeftAlone) {
  HttpReply last = JsonReply(200, R"({"access_token":"a2"})");
  last.headers.emplace_back("ratelimit", "limit=9, remaining=0, reset=40");
  HttpReply refusal = JsonReply(503, "{}");
  refusal.headers.emplace_back("retry-after", "70");
  Fixture fixture;
  fixture.harness.http.On(kTokenUrl, last);
  EXPECT_EQ(fixture.Renew().pause, absl::Seconds(40));
  fixture.harness.http.On(kTokenUrl, refusal);
  EXPECT_EQ(fixture.Renew().pause, absl::Seconds(70));
  fixture.harness.http.On(kTokenUrl, JsonReply(200, R"({"access_token":"a2"})"));
  EXPECT_EQ(fixture.Renew().pause, absl::ZeroDuration());
  Fixture liveness("    renewal: {kind: liveness_check}\n");
  liveness.harness.http.On("https://acme.test/me", refusal);
  EXPECT_EQ(liveness.Renew().pause, absl::Seconds(70));
}

TEST(RenewalTest, ALivenessCheckAsksTheFirstProfileCall) {
  const char* lines =
      "    renewal: {kind: liveness_check}\n    errors: [{where: profile, status: [401], outcome: "
      "revoked}]";
  Fixture alive(lines);
  alive.harness.http.On("https://acme.test/me", JsonReply(200, R"({"sub":"1"})"));
  const RenewalResult result = alive.Renew();
  ASSERT_THAT(result.tokens, IsOk());
  EXPECT_EQ(result.tokens->access_token(), "a1");
  EXPECT_EQ(HeaderOf(alive.harness.http.Requests().at(0), "authorization"), "Bearer a1");
  Fixture dead(lines);
  dead.harness.http.On("https://acme.test/me", JsonReply(401, "{}"));
  EXPECT_THAT(dead.Renew().tokens, HasReason(v1::ERROR_REASON_GRANT_REVOKED));
  Fixture down(lines);
  down.harness.http.On("https://acme.test/me", JsonReply(503, "{}"));
  EXPECT_THAT(down.Renew().tokens, HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
}

}  // namespace
}  // namespace evertoken
