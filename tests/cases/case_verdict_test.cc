#include "server/cases/case_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/provider/pkce.h"
#include "tests/cases/one_case.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Time kNow = absl::FromUnixSeconds(1900000000);

// What a verdict by this `expect` finds wrong with something.
template <typename Check>
std::vector<std::string> Findings(const std::string& action, const std::string& expect,
                                  const Check& check) {
  const ProviderCase played = OneCase("{action: " + action + ", expect: " + expect + "}");
  CaseFailures failures;
  CaseVerdict verdict(&played, kNow, &failures);
  check(&verdict);
  return failures.all();
}

std::vector<std::string> Authorization(const std::string& expect,
                                       const absl::StatusOr<AuthorizationRedirect>& redirect) {
  return Findings("authorize", expect,
                  [&](CaseVerdict* verdict) { verdict->CheckAuthorization(redirect); });
}

AuthorizationRedirect Redirect(const std::string& url) {
  AuthorizationRedirect redirect;
  redirect.url = url;
  return redirect;
}

TEST(CaseVerdictTest, ARedirectMustBeTheExpectedOneAndNothingMore) {
  const AuthorizationRedirect redirect = Redirect("https://a.test/auth?scope=a%20b&state=s#top");
  EXPECT_THAT(
      Authorization("{authorization: {url: 'https://a.test/auth', fragment: top, query: {scope: "
                    "a b, state: s}}}",
                    redirect),
      IsEmpty());
  EXPECT_THAT(
      Authorization("{authorization: {url: 'https://b.test/auth', query: {scope: a, b: c, "
                    "prompt: none}}}",
                    redirect),
      ElementsAre(HasSubstr("authorization.url is"), "authorization.fragment is `top`, not ``",
                  "query lacks b", "query lacks prompt", "query.scope is `a b`, not `a`",
                  "query has state=s besides"));
}

TEST(CaseVerdictTest, WhatIsFreshEachTimeMustBeWhatIsRemembered) {
  AuthorizationRedirect redirect;
  redirect.nonce = Secret("n1");
  redirect.code_verifier = Secret("v1");
  redirect.url =
      "https://a.test/?code_challenge=" + CodeChallenge(redirect.code_verifier) + "&nonce=n1";
  const std::string expect =
      "{authorization: {url: 'https://a.test/', query: {code_challenge: '*', nonce: '*'}}}";
  EXPECT_THAT(Authorization(expect, redirect), IsEmpty());
  redirect.nonce = Secret("n2");
  EXPECT_THAT(Authorization(expect, redirect), ElementsAre("query.nonce is `n1`, not `n2`"));
  EXPECT_THAT(Authorization("{authorization: {url: 'https://a.test/', query: {state: '*'}}}",
                            Redirect("https://a.test/?state=s")),
              ElementsAre("query.state is `s`, not `*`"));
}

TEST(CaseVerdictTest, AnErrorMustBeTheExpectedOneAndSayIt) {
  const absl::Status error = MakeError(v1::ERROR_REASON_PROVIDER_DISABLED, "gone since long");
  EXPECT_THAT(Authorization("{error: PROVIDER_DISABLED, says: since}", error), IsEmpty());
  EXPECT_THAT(Authorization("{error: PROVIDER_DISABLED, says: soon}", error),
              ElementsAre("the error says `gone since long`, not `soon`"));
  EXPECT_THAT(Authorization("{error: GRANT_REVOKED}", error),
              ElementsAre("error is `PROVIDER_DISABLED`, not `GRANT_REVOKED`"));
  EXPECT_THAT(Authorization("{error: GRANT_REVOKED}", Redirect("https://a.test/")),
              ElementsAre("error is ``, not `GRANT_REVOKED`"));
}

TEST(CaseVerdictTest, TokensMustHaveTheExpectedEnds) {
  storage::v1::ProviderTokens tokens;
  tokens.set_access_token("access-1");
  tokens.set_id_token("a.b.c");
  *tokens.mutable_access_expire_time() = ToTimestamp(kNow + absl::Hours(1));
  *tokens.mutable_refresh_cap_time() = ToTimestamp(kNow + absl::Hours(2));
  const auto check = [&tokens](CaseVerdict* verdict) { verdict->CheckTokens(tokens); };
  EXPECT_THAT(Findings("renew",
                       "{tokens: {access_token: access-1, id_token: a.b.c, access_left: 1h, "
                       "cap_left: 2h}}",
                       check),
              IsEmpty());
  EXPECT_THAT(Findings("renew", "{tokens: {id_token: x, access_left: soon, scopes: [a]}}", check),
              ElementsAre("access_token is `access-1`, not ``", "id_token is `a.b.c`, not `x`",
                          HasSubstr("is no duration"), "access_left is `1h`, not `0`",
                          "cap_left is `2h`, not `unknown`", "scopes is ``, not `a`"));
}

TEST(CaseVerdictTest, TokensMustBeOfTheExpectedChain) {
  storage::v1::ProviderTokens tokens;
  tokens.set_chain("bot");
  const auto check = [&tokens](CaseVerdict* verdict) { verdict->CheckTokens(tokens); };
  EXPECT_THAT(Findings("renew", "{tokens: {chain: bot}}", check), IsEmpty());
  EXPECT_THAT(Findings("renew", "{tokens: {access_token: ''}}", check),
              ElementsAre("chain is `bot`, not ``"));
}

TEST(CaseVerdictTest, FurtherPairsMustBeTheExpectedOnesAndNoMore) {
  storage::v1::ProviderTokens tokens;
  (*tokens.mutable_secondary())["bot"].set_access_token("access-bot");
  const auto check = [&tokens](CaseVerdict* verdict) { verdict->CheckTokens(tokens); };
  EXPECT_THAT(Findings("redeem", "{tokens: {secondary: {bot: {access_token: access-bot}}}}", check),
              IsEmpty());
  EXPECT_THAT(
      Findings("redeem", "{tokens: {secondary: {bot: {access_token: x}, page: {access_token: y}}}}",
               check),
      ElementsAre("access_token is `access-bot`, not `x`", "there are no secondary tokens page"));
  EXPECT_THAT(Findings("redeem", "{tokens: {access_token: ''}}", check),
              ElementsAre("there are secondary tokens bot besides"));
}

TEST(CaseVerdictTest, ALookMustTellTheExpected) {
  IntrospectionResult result;
  result.client_id = "mobile";
  result.subject = "u1";
  result.told.add_scopes("a");
  const auto check = [&result](CaseVerdict* verdict) { verdict->CheckIntrospection(result); };
  EXPECT_THAT(Findings("introspect",
                       "{introspection: {client_id: mobile, subject: u1, scopes: [a]}}", check),
              IsEmpty());
  EXPECT_THAT(Findings("introspect",
                       "{access_token_rejected: true, introspection: {access_left: 1h}}", check),
              ElementsAre("access_token_rejected is `false`, not `true`",
                          "client_id is `mobile`, not ``", "subject is `u1`, not ``",
                          "access_left is `unknown`, not `1h`", "scopes is `a`, not ``"));
}

TEST(CaseVerdictTest, ClaimsMustNameTheExpectedUserAndClient) {
  const IdTokenClaims claims = {"u1", "{}", "mobile"};
  const auto check = [&claims](CaseVerdict* verdict) { verdict->CheckClaims(claims); };
  EXPECT_THAT(Findings("id_token", "{claims: {subject: u1, client_id: mobile}}", check), IsEmpty());
  EXPECT_THAT(Findings("id_token", "{claims: {subject: u2}}", check),
              ElementsAre("subject is `u1`, not `u2`", "client_id is `mobile`, not ``"));
}

TEST(CaseVerdictTest, ARenewalMayBeALittleEarlierAndNeverLater) {
  Keeping keeping;
  keeping.look = kNow + absl::Minutes(90);
  const auto findings = [&](absl::Duration due, const std::string& expected) {
    keeping.renewal = kNow + due;
    return Findings("keep", "{keeping: " + expected + "}", [&](CaseVerdict* verdict) {
      verdict->CheckKeeping(keeping, kNow - absl::Minutes(40));
    });
  };
  // 5 % of 100 minutes.
  EXPECT_THAT(findings(absl::Minutes(55), "{renewal: 1h, look: 90m}"), IsEmpty());
  EXPECT_THAT(findings(absl::Minutes(60), "{renewal: 1h}"), IsEmpty());
  EXPECT_THAT(findings(absl::Minutes(54), "{renewal: 1h}"),
              ElementsAre("renewal is `54m`, not `1h`"));
  EXPECT_THAT(findings(absl::Minutes(61), "{renewal: 1h, look: 91m}"),
              ElementsAre("renewal is `1h1m`, not `1h`", "look is `1h30m`, not `91m`"));
  EXPECT_THAT(findings(absl::Minutes(60), "{renewal: never, refusal: GRANT_REVOKED}"),
              ElementsAre("renewal is `1h`, not `never`",
                          "refusal is `REFRESH_AMBIGUOUS`, not `GRANT_REVOKED`"));
}

TEST(CaseVerdictTest, LimitsMustBeTheExpectedOnes) {
  Keeping keeping;
  keeping.limits.per_second = 2.5;
  keeping.limits.burst = 3;
  const auto check = [&](CaseVerdict* verdict) { verdict->CheckKeeping(keeping, kNow); };
  EXPECT_THAT(Findings("keep",
                       "{keeping: {renewal: never, limits: {calls_per_second: 2.5, burst: 3, "
                       "concurrent_calls: 2000, profile_limits_per_user: false}}}",
                       check),
              IsEmpty());
  EXPECT_THAT(Findings("keep", "{keeping: {renewal: 1h, limits: {burst: 4}}}", check),
              ElementsAre("renewal is `never`, not `1h`", "limits.burst is `3`, not `4`"));
}

}  // namespace
}  // namespace evertoken
