#include "server/provider/authorization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "server/provider/pkce.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Fixture {
  explicit Fixture(const char* lines = "") : harness(lines) {
    request.redirect_uri = "https://us.test/callback/acme?x=1&y";
    request.state = "st&te";
  }

  absl::StatusOr<AuthorizationRedirect> Start() {
    return harness.executor.Await(authorizer.Start(harness.acme, request));
  }
  void Discover(const char* json) {
    harness.http.On("https://acme.test/.well-known/openid-configuration", JsonReply(200, json));
  }

  ProviderHarness harness;
  AuthorizationRequest request;
  DocumentCache cache{&harness.http, &harness.clock, absl::Seconds(10)};
  Discovery discovery{&cache, &harness.egress};
  Endpoints endpoints{&discovery, &harness.egress};
  Authorizer authorizer{&endpoints};
};

TEST(AuthorizationTest, AsksByTheEntry) {
  Fixture fixture(
      "    authorization: {parameters: {access_type: offline}, offline_scope: off, "
      "scope_separator: comma}");
  const auto redirect = fixture.Start();
  ASSERT_THAT(redirect, IsOk());
  EXPECT_TRUE(absl::StartsWith(redirect->url, "https://acme.test/authorize?"));
  const auto query = QueryOf(redirect->url);
  EXPECT_EQ(query.at("response_type"), "code");
  EXPECT_EQ(query.at("client_id"), "our-client");
  EXPECT_EQ(query.at("redirect_uri"), "https://us.test/callback/acme?x=1&y");
  EXPECT_EQ(query.at("state"), "st&te");
  EXPECT_EQ(query.at("scope"), "read,off");
  EXPECT_EQ(query.at("access_type"), "offline");
  EXPECT_EQ(query.at("code_challenge_method"), "S256");
  EXPECT_EQ(query.at("code_challenge"), CodeChallenge(redirect->code_verifier));
  EXPECT_EQ(query.count("nonce"), 0u);
  EXPECT_TRUE(redirect->nonce.empty());
  EXPECT_THAT(redirect->scopes, ElementsAre("read", "off"));
  EXPECT_THAT(redirect->url, testing::Not(HasSubstr("s3cr")));
}

TEST(AuthorizationTest, TheCallersScopesGoBeforeTheClientsAndTheEntrys) {
  Fixture fixture;
  fixture.harness.client.add_scopes("mine");
  EXPECT_THAT(fixture.Start()->scopes, ElementsAre("mine"));
  fixture.request.scopes = {"wanted", "also"};
  EXPECT_EQ(QueryOf(fixture.Start()->url).at("scope"), "wanted also");
}

TEST(AuthorizationTest, RefusesScopesThatAreNone) {
  Fixture fixture;
  fixture.request.scopes = {"ok", "two words", "qu\"ote", "line\nbreak", ""};
  const auto redirect = fixture.Start();
  EXPECT_THAT(redirect, HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  EXPECT_EQ(FieldViolationsOf(redirect.status()).size(), 4u);
}

TEST(AuthorizationTest, OpenIdGetsANonceAndALoginHint) {
  Fixture fixture(
      "    issuer: https://acme.test\n    authorization: {scopes: [openid], url: "
      "'https://acme.test/a', pkce: never}");
  fixture.request.login_hint = "ada@x.test";
  const auto redirect = fixture.Start();
  ASSERT_THAT(redirect, IsOk());
  const auto query = QueryOf(redirect->url);
  EXPECT_EQ(query.at("nonce"), redirect->nonce.Reveal());
  EXPECT_GE(redirect->nonce.size(), 20u);
  EXPECT_EQ(query.at("login_hint"), "ada@x.test");
  EXPECT_EQ(query.count("code_challenge"), 0u);
  EXPECT_TRUE(redirect->code_verifier.empty());
  EXPECT_NE(fixture.Start()->nonce.Reveal(), redirect->nonce.Reveal());
}

TEST(AuthorizationTest, NoNonceWhereTheEntrySaysSo) {
  Fixture fixture(
      "    issuer: https://acme.test\n    authorization: {scopes: [openid], no_nonce: true, pkce: "
      "send}");
  EXPECT_EQ(QueryOf(fixture.Start()->url).count("nonce"), 0u);
}

TEST(AuthorizationTest, ParametersHaveTheEntrysNames) {
  Fixture fixture(
      "    authorization: {client_id_parameter: app_key, scope_parameter: user_scope, parameters: "
      "{scope: bot}, code_challenge_method: s256, fragment: go_here}");
  const auto redirect = fixture.Start();
  ASSERT_THAT(redirect, IsOk());
  const size_t hash = redirect->url.find('#');
  ASSERT_NE(hash, std::string::npos);
  EXPECT_EQ(redirect->url.substr(hash), "#go_here");
  const auto query = QueryOf(redirect->url.substr(0, hash));
  EXPECT_EQ(query.at("app_key"), "our-client");
  EXPECT_EQ(query.count("client_id"), 0u);
  EXPECT_EQ(query.at("user_scope"), "read");
  EXPECT_EQ(query.at("scope"), "bot");
  EXPECT_EQ(query.at("code_challenge_method"), "s256");
}

TEST(AuthorizationTest, ParametersStandInAlphabeticalOrder) {
  Fixture fixture("    authorization: {parameters: {zebra: z, appetite: a}}");
  const auto redirect = fixture.Start();
  ASSERT_THAT(redirect, IsOk());
  std::vector<std::string> names;
  const std::string query = redirect->url.substr(redirect->url.find('?') + 1);
  for (const absl::string_view field : absl::StrSplit(query, '&'))
    names.emplace_back(field.substr(0, field.find('=')));
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end())) << redirect->url;
  EXPECT_EQ(names.size(), 9u) << redirect->url;
}

TEST(AuthorizationTest, PkceForClientsWithoutASecretAlone) {
  Fixture fixture("    authorization: {pkce: public_clients}");
  EXPECT_EQ(QueryOf(fixture.Start()->url).count("code_challenge"), 0u);
  fixture.harness.client.clear_client_secret();
  EXPECT_EQ(QueryOf(fixture.Start()->url).count("code_challenge"), 1u);
}

TEST(AuthorizationTest, PkceFollowsDiscovery) {
  const char* lines = "    issuer: https://acme.test\n    authorization: {pkce: by_discovery}";
  Fixture lists(lines);
  lists.Discover(R"({"issuer":"https://acme.test","code_challenge_methods_supported":["S256"]})");
  EXPECT_EQ(QueryOf(lists.Start()->url).count("code_challenge"), 1u);
  Fixture says_nothing(lines);
  says_nothing.Discover(R"({"issuer":"https://acme.test"})");
  EXPECT_EQ(QueryOf(says_nothing.Start()->url).count("code_challenge"), 1u);
  Fixture lacks(lines);
  lacks.Discover(R"({"issuer":"https://acme.test","code_challenge_methods_supported":["plain"]})");
  EXPECT_EQ(QueryOf(lacks.Start()->url).count("code_challenge"), 0u);
}

TEST(AuthorizationTest, TheEndpointComesFromDiscoveryWhenTheEntryHasNone) {
  Fixture fixture(
      "    issuer: '{instance:issuer}'\n    authorization: {url: '', scopes: [openid]}\n"
      "    instance_parameters: {issuer: {pattern: 'https://.*'}}");
  (*fixture.harness.client.mutable_instance())["issuer"] = "https://acme.test";
  fixture.Discover(
      R"({"issuer":"https://acme.test","authorization_endpoint":"https://login.acme.test/go?x=1"})");
  const auto redirect = fixture.Start();
  ASSERT_THAT(redirect, IsOk());
  EXPECT_TRUE(absl::StartsWith(redirect->url, "https://login.acme.test/go?x=1&")) << redirect->url;
}

TEST(AuthorizationTest, InstanceParametersMustFit) {
  Fixture fixture(
      "    instance_parameters: {tenant: {pattern: '[a-z]+'}}\n    token: {url: "
      "'https://{instance:tenant}.acme.test/'}");
  EXPECT_THAT(fixture.Start(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
  (*fixture.harness.client.mutable_instance())["tenant"] = "A";
  EXPECT_THAT(fixture.Start(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
  (*fixture.harness.client.mutable_instance())["tenant"] = "a";
  EXPECT_THAT(fixture.Start(), IsOk());
  (*fixture.harness.client.mutable_instance())["typo"] = "a";
  EXPECT_THAT(fixture.Start(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
}

}  // namespace
}  // namespace evertoken
