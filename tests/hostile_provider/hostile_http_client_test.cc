// The server's own OAuth client against the provider, in virtual time: that both speak the same language, and what the client
// makes of each trouble.
#include "tests/hostile_provider/hostile_http_client.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/http/egress_policy.h"
#include "server/provider/provider_api.h"
#include "server/provider/provider_catalog.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken::hostile {
namespace {

using storage::v1::ProviderTokens;
using testing::StartsWith;

constexpr char kCallback[] = "https://app.test/callback";
constexpr absl::Duration kTimeout = absl::Seconds(15);
constexpr char kCatalog[] = R"(
providers:
  hostile:
    display_name: Hostile
    issuer: https://hostile.test
    authorization: {scopes: [openid]}
    renewal: {kind: refresh_token_grant, rotation: always, lost_response_policy: retry_once}
    revocation: {kind: rfc7009}
    profile_calls: [{name: userinfo}]
    profile_fields: {subject: /sub, display_name: /name}
    errors:
      - {where: token, body: {/error: invalid_grant}, outcome: revoked}
)";

class HostileHttpClientTest : public testing::Test {
 protected:
  HostileHttpClientTest() {
    http_.Serve("https://hostile.test", &site_);
    const auto catalog = ProviderCatalog::Parse({{"test.yaml", kCatalog}}, false);
    EXPECT_THAT(catalog, IsOk());
    client_.set_client_id("evertoken");
    client_.set_client_secret("hos&tile");
    const config::v1::Provider* entry = (*catalog)->Find("hostile");
    binding_.provider = "hostile";
    binding_.entry = std::shared_ptr<const config::v1::Provider>(*catalog, entry);
    binding_.client = &client_;
  }

  // Signs in by the authorization endpoint, and checks the ID token.
  ProviderTokens LogIn() {
    AuthorizationRequest request;
    request.redirect_uri = kCallback;
    request.state = "s-1";
    const auto redirect = executor_.Await(api_.StartAuthorization(binding_, request));
    EXPECT_THAT(redirect, IsOk());
    HttpRequest visit;
    visit.url = redirect->url;
    const auto answer = executor_.Await(http_.Send(visit));
    EXPECT_THAT(answer, IsOk());
    const std::string location(answer->Header("location"));
    EXPECT_THAT(location, StartsWith(kCallback));
    const demo::Form query = demo::ParseForm(location.substr(location.find('?') + 1));
    EXPECT_EQ(demo::ValueOf(query, "state"), "s-1");

    CodeRedemption redemption;
    redemption.code = Secret(demo::ValueOf(query, "code"));
    redemption.redirect_uri = kCallback;
    redemption.code_verifier = redirect->code_verifier;
    const auto tokens = executor_.Await(api_.RedeemCode(binding_, redemption));
    EXPECT_THAT(tokens, IsOk());
    const Secret id_token(tokens->id_token());
    EXPECT_THAT(executor_.Await(api_.VerifyIdToken(binding_, id_token, redirect->nonce)), IsOk());
    return *tokens;
  }

  RenewalResult Renew(const ProviderTokens& tokens) {
    return executor_.Await(api_.Renew(binding_, tokens, absl::InfiniteFuture()));
  }

  void Cause(Fault fault, absl::Duration delay_before = absl::ZeroDuration()) {
    const Trouble trouble = {.fault = fault, .delay_before = delay_before};
    ASSERT_THAT(engine_.script().Queue(Endpoint::kToken, trouble), IsOk());
  }

  int64_t Count(Verdict verdict) const { return engine_.book().CountOf(verdict); }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  HostileProvider engine_{{}};
  ProviderSite site_{&engine_, "hos&tile"};
  HostileHttpClient http_{&clock_};
  EgressPolicy egress_{/*allow_insecure_loopback=*/false};
  ProviderApi api_{&http_, &clock_, &egress_, kTimeout};
  config::v1::ProviderClient client_;
  ProviderBinding binding_;
};

TEST_F(HostileHttpClientTest, TheWholeLifeOfAGrant) {
  const ProviderTokens first = LogIn();
  const RenewalResult renewed = Renew(first);
  EXPECT_EQ(renewed.outcome, SpendOutcome::kAnswered);
  ASSERT_THAT(renewed.tokens, IsOk());
  EXPECT_NE(renewed.tokens->refresh_token(), first.refresh_token());
  const std::string no_claims;
  const ProfileResult profile =
      executor_.Await(api_.FetchProfile(binding_, *renewed.tokens, no_claims));
  EXPECT_THAT(profile.status, IsOk());
  EXPECT_THAT(executor_.Await(api_.Revoke(binding_, *renewed.tokens)), IsOkAndHolds(true));
  EXPECT_EQ(engine_.book().families()[0].end, FamilyEnd::kClientRevoked);
  EXPECT_THAT(Renew(*renewed.tokens).tokens, HasReason(v1::ERROR_REASON_GRANT_REVOKED));
}

TEST_F(HostileHttpClientTest, RotatedKeysAreFound) {
  LogIn();
  engine_.RotateKeys(/*keep_old=*/false);
  clock_.Advance(absl::Minutes(2));
  LogIn();
}

TEST_F(HostileHttpClientTest, LossesLeaveTheOutcomeUnknown) {
  const ProviderTokens tokens = LogIn();
  for (const Fault fault : {Fault::kRequestLost, Fault::kReplyLost}) {
    Cause(fault);
    EXPECT_EQ(Renew(tokens).outcome, SpendOutcome::kUnknown);
  }
  EXPECT_EQ(Count(Verdict::kLost), 1);
  EXPECT_EQ(Count(Verdict::kRenewed), 1);
}

TEST_F(HostileHttpClientTest, BodiesThatAreTooLongOrTooShortAreErrors) {
  const ProviderTokens tokens = LogIn();
  Cause(Fault::kHalfBody);
  EXPECT_EQ(Renew(tokens).outcome, SpendOutcome::kUnknown);
  Cause(Fault::kHugeBody);
  const std::string& current = engine_.book().families()[0].refresh_token;
  ProviderTokens next = tokens;
  next.set_refresh_token(current);
  EXPECT_NE(Renew(next).outcome, SpendOutcome::kNotSent);
  EXPECT_EQ(Count(Verdict::kRenewed), 2);
}

TEST_F(HostileHttpClientTest, ASlowReplyTakesItsTime) {
  const ProviderTokens tokens = LogIn();
  const absl::Time start = clock_.Now();
  Cause(Fault::kNone, kTimeout - absl::Seconds(1));
  EXPECT_EQ(Renew(tokens).outcome, SpendOutcome::kAnswered);
  EXPECT_EQ(clock_.Now() - start, kTimeout - absl::Seconds(1));
}

TEST_F(HostileHttpClientTest, ARequestWhoseCallerWentAwayStillHasItsEffect) {
  const ProviderTokens tokens = LogIn();
  Cause(Fault::kNone, kTimeout + absl::Seconds(1));
  EXPECT_EQ(Renew(tokens).outcome, SpendOutcome::kUnknown);
  EXPECT_EQ(Count(Verdict::kRenewed), 0);
  executor_.Advance(absl::Seconds(1));
  EXPECT_EQ(Count(Verdict::kRenewed), 1);
}

TEST_F(HostileHttpClientTest, NobodyServesOtherOrigins) {
  HttpRequest request;
  request.url = "https://other.test/token";
  EXPECT_THAT(executor_.Await(http_.Send(request)), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace evertoken::hostile
