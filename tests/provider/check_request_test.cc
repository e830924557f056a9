#include "server/provider/check_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/provider/provider_catalog.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;

// All that an entry needs but its token endpoint and its renewal.
constexpr char kBare[] = R"(
    display_name: Acme
    authorization: {url: "https://acme.test/authorize"}
    profile_calls: [{url: "https://acme.test/me"}]
    profile_fields: {subject: /sub}
)";

// What is wrong with an entry that says `lines`, or nothing.
std::string ProblemsWith(const std::string& lines) {
  const std::string yaml =
      absl::StrCat("providers:\n  whole:", kBare,
                   "    token: {url: 'https://acme.test/token'}\n    renewal: {kind: "
                   "refresh_token_grant, lost_response_policy: retry_once}\n  acme:\n",
                   lines);
  return std::string(ProviderCatalog::Parse({{"test.yaml", yaml}}, false).status().message());
}

std::string ProblemsWithBare(const std::string& lines) { return ProblemsWith(kBare + lines); }

constexpr char kExchange[] = "    extends: whole\n    post_exchange: ";

std::string ProblemsWithExchange(const std::string& request) {
  return ProblemsWith(absl::StrCat(kExchange, request, "\n"));
}

TEST(CheckRequestTest, FurtherPairsHaveNamesAndPlaces) {
  const std::string begin = "    extends: whole\n    token: {secondary: {";
  EXPECT_EQ(ProblemsWith(begin + "bot: {}, page_2: {at: /p}}}\n"), "");
  EXPECT_THAT(ProblemsWith(begin + "Bot: {}}}\n"),
              HasSubstr("token.secondary.Bot: a name is 1 to 20 of [a-z0-9_]"));
  EXPECT_THAT(ProblemsWith(begin + "bot: {at: b}}}\n"),
              HasSubstr("token.secondary.bot.at: is not a JSON Pointer"));
  EXPECT_THAT(ProblemsWith(begin + "a: {}, b: {}, c: {}, d: {}, e: {}}}\n"),
              HasSubstr("token.secondary: holds more than 4 pairs"));
}

TEST(CheckRequestTest, SecretsStandInUrlsWhereTheEntryAdmitsIt) {
  const std::string get =
      "url: 'https://acme.test/x', method: GET, parameters: {a: '{access_token}', s: ";
  EXPECT_THAT(ProblemsWithExchange("{" + get + "'{client_secret}'}}"),
              HasSubstr("{client_secret} would stand in the URL"));
  EXPECT_THAT(ProblemsWithExchange("{" + get + "'{refresh_token}'}}"),
              HasSubstr("{refresh_token} would stand in the URL"));
  EXPECT_EQ(ProblemsWithExchange("{" + get + "'{client_secret}'}, secrets_in_url: true}"), "");
  EXPECT_EQ(ProblemsWithExchange("{" + get + "x}}"), "");
  EXPECT_THAT(ProblemsWithExchange("{" + get + "x}, secrets_in_url: true}"),
              HasSubstr("is said of a URL that holds no secret"));
  EXPECT_THAT(ProblemsWithExchange("{url: 'https://acme.test/{access_token}', method: DELETE}"),
              HasSubstr("{access_token} would stand in the URL"));
  EXPECT_EQ(ProblemsWithExchange(
                "{url: 'https://acme.test/x', method: DELETE, body: json, parameters: {a: "
                "'{client_secret}'}}"),
            "");
}

TEST(CheckRequestTest, AProofIsASecretToo) {
  const std::string post = "\n    client_authentication: {kind: post}";
  EXPECT_THAT(
      ProblemsWithExchange("{url: 'https://acme.test/x', method: GET, proof: client}" + post),
      HasSubstr("puts the client secret into the URL"));
  EXPECT_EQ(ProblemsWithExchange("{url: 'https://acme.test/x', method: GET, proof: client}"), "");
  EXPECT_THAT(
      ProblemsWithExchange(
          "{url: 'https://acme.test/x', proof: client, parameters: {client_secret: x}}" + post),
      HasSubstr("is set by the server itself"));
}

TEST(CheckRequestTest, BodiesFitTheMethod) {
  EXPECT_THAT(ProblemsWithExchange("{url: 'https://acme.test/x', method: GET, body: json}"),
              HasSubstr("a GET has none"));
}

TEST(CheckRequestTest, CodesAreRedeemedByARequestThatHoldsThem) {
  const std::string renewal =
      "    renewal: {kind: exchange_access_token, lost_response_policy: retry, request: {url: "
      "'https://acme.test/r', proof: bearer}}\n    token: {code_request: {url: "
      "'https://acme.test/c', ";
  EXPECT_EQ(ProblemsWithBare(renewal + "parameters: {t: '{code}', r: '{redirect_uri}'}}}"), "");
  EXPECT_THAT(ProblemsWithBare(renewal + "method: GET, parameters: {t: '{code}'}}}"),
              HasSubstr("{code} would stand in the URL"));
  EXPECT_THAT(ProblemsWithBare(renewal + "parameters: {t: x}}}"), HasSubstr("must hold {code}"));
  EXPECT_THAT(ProblemsWithBare(renewal + "parameters: {t: '{code}'}, proof: bearer}}"),
              HasSubstr("there is no access token yet"));
  EXPECT_THAT(ProblemsWithBare(renewal + "parameters: {t: '{code}'}}, code_parameters: {a: b}}"),
              HasSubstr("mean nothing beside `code_request`"));
}

TEST(CheckRequestTest, TheTokenEndpointIsNeededForStandardRequestsAlone) {
  const std::string code =
      "    token: {code_request: {url: 'https://acme.test/c', parameters: {t: "
      "'{code}'}}}\n";
  EXPECT_THAT(
      ProblemsWithBare(
          code + "    renewal: {lost_response_policy: retry_once, kind: refresh_token_grant}"),
      HasSubstr("token.url: is required"));
  EXPECT_EQ(ProblemsWithBare(code + "    renewal: {lost_response_policy: retry_once, kind: "
                                    "refresh_token_grant, request: {url: "
                                    "'https://acme.test/r', parameters: {t: '{refresh_token}'}}}"),
            "");
  EXPECT_THAT(ProblemsWithBare("    renewal: {kind: none}"), HasSubstr("token.url: is required"));
}

TEST(CheckRequestTest, ARenewalSpendsItsToken) {
  const std::string renewal = "    extends: whole\n    renewal: {request: {url: 'https://a.test/r'";
  EXPECT_THAT(ProblemsWith(renewal + ", parameters: {t: '{access_token}'}}}"),
              HasSubstr("must hold {refresh_token}"));
  EXPECT_THAT(ProblemsWith(renewal + ", parameters: {t: '{refresh_token}'}}, parameters: {a: b}}"),
              HasSubstr("mean nothing beside `request`"));
}

TEST(CheckRequestTest, RevocationsAreDescribedWholeOrNotAtAll) {
  const std::string whole = "    extends: whole\n    revocation: ";
  EXPECT_EQ(ProblemsWith(whole + "{kind: request, request: {url: 'https://a.test/r', proof: "
                                 "bearer}, needs_living_token: true}"),
            "");
  EXPECT_THAT(ProblemsWith(whole + "{kind: request}"),
              HasSubstr("revocation.request: is required"));
  EXPECT_THAT(ProblemsWith(whole + "{kind: rfc7009, url: 'https://a.test/r', request: {url: "
                                   "'https://a.test/r'}}"),
              HasSubstr("and only there"));
  EXPECT_THAT(ProblemsWith(whole + "{kind: request, token: access, request: {url: "
                                   "'https://a.test/r'}}"),
              HasSubstr("beside `request`"));
  EXPECT_THAT(ProblemsWith(whole + "{kind: delete_json, url: 'https://a.test/r', token: both}"),
              HasSubstr("belongs to rfc7009"));
  EXPECT_THAT(
      ProblemsWith(whole + "{kind: request, request: {url: 'https://a.test/{refresh_token}',"
                           " method: DELETE}}"),
      HasSubstr("would stand in the URL"));
}

TEST(CheckRequestTest, ALookAtATokenProvesForWhomItWasMade) {
  const std::string whole = "    extends: whole\n    introspection: ";
  const std::string url = "{request: {url: 'https://a.test/i', parameters: {t: '{access_token}'}";
  EXPECT_EQ(ProblemsWith(whole + url + "}, audience: /aud, interval: 1h}"), "");
  EXPECT_EQ(ProblemsWith(whole + url + ", proof: client}}"), "");
  EXPECT_THAT(
      ProblemsWith(whole + url + ", proof: client}}\n    client_authentication: {kind: none}"),
      HasSubstr("another app's token would be taken"));
  EXPECT_THAT(ProblemsWith(whole + url + "}}"), HasSubstr("another app's token would be taken"));
  EXPECT_THAT(ProblemsWith(whole + "{request: {url: 'https://a.test/i', proof: client}}"),
              HasSubstr("must hold {access_token}"));
  EXPECT_THAT(ProblemsWith(whole + url + "}, audience: aud}"), HasSubstr("is not a JSON Pointer"));
  EXPECT_THAT(ProblemsWith(whole + url + "}, audience: /a, active: {/b: []}}"),
              HasSubstr("needs values"));
  EXPECT_THAT(ProblemsWith(whole + url + "}, audience: /a, interval: 1m}"),
              HasSubstr("must be 10m to 30d"));
}

TEST(CheckRequestTest, WhatComesWithoutARefreshTokenIsAskedForOrNotRenewed) {
  const std::string whole = "    extends: whole\n    renewal: {without_refresh_token: ";
  EXPECT_EQ(ProblemsWith(whole + "liveness_check}"), "");
  EXPECT_THAT(ProblemsWith(whole + "refresh_token_grant}"),
              HasSubstr("must be liveness_check or none"));
  EXPECT_THAT(ProblemsWith(whole + "none, kind: none}"), HasSubstr("`refresh_token_grant` alone"));
}

TEST(CheckRequestTest, ACapIsAboveOneLifeThatMoves) {
  const std::string whole = "    extends: whole\n    lifetimes: {refresh_token_cap: 365d, ";
  EXPECT_EQ(ProblemsWith(whole + "refresh_token: 90d, refresh_token_model: sliding}"), "");
  EXPECT_THAT(ProblemsWith(whole + "refresh_token: 90d, refresh_token_model: absolute}"),
              HasSubstr("belongs with refresh_token_model idle or sliding"));
  EXPECT_THAT(ProblemsWith(whole + "refresh_token: 366d, refresh_token_model: idle}"),
              HasSubstr("must be above the life of one refresh token"));
}

TEST(CheckRequestTest, SecretsThatAreSignedNeedAllTheirParts) {
  const std::string jwt = "    extends: whole\n    client_authentication: {kind: ";
  EXPECT_EQ(ProblemsWith(jwt + "jwt_as_secret, jwt: {issuer: i, audience: a, key_id: k}}"), "");
  EXPECT_THAT(ProblemsWith(jwt + "jwt_as_secret}"), HasSubstr("jwt: is required"));
  EXPECT_THAT(ProblemsWith(jwt + "post, jwt: {issuer: i, audience: a, key_id: k}}"),
              HasSubstr("and only there"));
  EXPECT_THAT(ProblemsWith(jwt + "jwt_as_secret, jwt: {issuer: i, audience: a}}"),
              HasSubstr("jwt.key_id: is required"));
  EXPECT_THAT(
      ProblemsWith(jwt + "jwt_as_secret, jwt: {issuer: i, audience: a, key_id: k, lifetime: 2h}}"),
      HasSubstr("must be 1m to 1h"));
  EXPECT_THAT(ProblemsWith(jwt + "jwt_as_secret, jwt: {issuer: i, audience: a, key_id: k}}\n    "
                                 "revocation: {kind: delete_json, url: 'https://a.test/r'}"),
              HasSubstr("would send the private key"));
}

TEST(CheckRequestTest, CodeParametersSetNothingThatTheServerSets) {
  const std::string token = "    extends: whole\n    token: {code_parameters: ";
  EXPECT_EQ(ProblemsWith(token + "{a: '{random}', b: '{client_id}'}}"), "");
  EXPECT_THAT(ProblemsWith(token + "{code: x}}"), HasSubstr("is set by the server itself"));
  EXPECT_THAT(ProblemsWith(token + "{a: '{client_secret}'}}"), HasSubstr("has no meaning here"));
}

}  // namespace
}  // namespace evertoken
