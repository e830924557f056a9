#include "server/provider/revoker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using ::testing::StartsWith;

constexpr char kUrl[] = "https://acme.test/revoke";

struct Fixture {
  explicit Fixture(
      const char* lines = "    revocation: {kind: rfc7009, url: 'https://acme.test/revoke'}")
      : harness(lines) {
    tokens.set_access_token("a1");
    tokens.set_refresh_token("r1");
    harness.http.On(kUrl, JsonReply(200, ""));
  }

  absl::StatusOr<bool> Revoke() {
    return harness.executor.Await(revoker.Revoke(harness.acme, tokens));
  }
  HttpRequest request() const { return harness.http.Requests().at(0); }

  ProviderHarness harness;
  storage::v1::ProviderTokens tokens;
  DocumentCache cache{&harness.http, &harness.clock, absl::Seconds(10)};
  Discovery discovery{&cache, &harness.egress};
  Endpoints endpoints{&discovery, &harness.egress};
  Revoker revoker{&harness.http, &harness.clock, &endpoints, absl::Seconds(10)};
};

TEST(RevokerTest, SendsTheRefreshTokenByRfc7009) {
  Fixture fixture;
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
  EXPECT_EQ(fixture.request().method, "POST");
  EXPECT_EQ(fixture.request().url, kUrl);
  EXPECT_EQ(FormOf(fixture.request().body).at("token"), "r1");
  EXPECT_EQ(FormOf(fixture.request().body).at("token_type_hint"), "refresh_token");
  EXPECT_THAT(HeaderOf(fixture.request(), "authorization"), StartsWith("Basic "));
}

TEST(RevokerTest, SendsTheAccessTokenWhereItIsAllOrWanted) {
  Fixture without;
  without.tokens.clear_refresh_token();
  EXPECT_THAT(without.Revoke(), IsOkAndHolds(true));
  EXPECT_EQ(FormOf(without.request().body).at("token"), "a1");
  Fixture wanted(
      "    revocation: {kind: rfc7009, url: 'https://acme.test/revoke', token: access, "
      "no_client_authentication: true}");
  EXPECT_THAT(wanted.Revoke(), IsOkAndHolds(true));
  EXPECT_EQ(FormOf(wanted.request().body).at("token"), "a1");
  EXPECT_EQ(HeaderOf(wanted.request(), "authorization"), "");
}

TEST(RevokerTest, BringsTheEntrysHeaders) {
  Fixture fixture(
      "    headers: {X-Name: us}\n    revocation: {kind: rfc7009, url: "
      "'https://acme.test/revoke'}");
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
  EXPECT_EQ(HeaderOf(fixture.request(), "x-name"), "us");
}

TEST(RevokerTest, DeletesWithJson) {
  Fixture fixture(
      "    revocation: {kind: delete_json, url: 'https://acme.test/revoke', parameters: "
      "{access_token: '{access_token}'}}");
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
  EXPECT_EQ(fixture.request().method, "DELETE");
  EXPECT_EQ(fixture.request().body, R"({"access_token":"a1"})");
  EXPECT_THAT(HeaderOf(fixture.request(), "authorization"), StartsWith("Basic "));
}

TEST(RevokerTest, DeletesWithAQueryAndKeepsTheTokenOutOfIt) {
  Fixture fixture(
      "    revocation: {kind: delete_query, url: 'https://acme.test/revoke', parameters: {all: "
      "'yes'}}");
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
  EXPECT_EQ(fixture.request().url, "https://acme.test/revoke?all=yes");
  EXPECT_EQ(HeaderOf(fixture.request(), "authorization"), "Bearer a1");
}

TEST(RevokerTest, SendsWhatTheEntryDescribes) {
  Fixture fixture(
      "    revocation: {kind: request, request: {url: 'https://acme.test/revoke', proof: bearer, "
      "parameters: {token: '{refresh_token}'}}}");
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
  EXPECT_EQ(fixture.request().method, "POST");
  EXPECT_EQ(FormOf(fixture.request().body).at("token"), "r1");
  EXPECT_EQ(HeaderOf(fixture.request(), "authorization"), "Bearer a1");
  EXPECT_EQ(fixture.request().timeout, absl::Seconds(10));
  EXPECT_TRUE(fixture.request().once);
  fixture.harness.http.On(kUrl, JsonReply(503, ""));
  EXPECT_THAT(fixture.Revoke(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
}

TEST(RevokerTest, AReplyMayTellAFailureInItsBody) {
  Fixture fixture(
      "    revocation: {kind: request, request: {url: 'https://acme.test/revoke', proof: bearer}}\n"
      "    errors: [{where: revocation, body: {/ok: {none_of: ['true']}}, outcome: unexplained}]");
  fixture.harness.http.On(kUrl, JsonReply(200, R"({"ok":true})"));
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
  fixture.harness.http.On(kUrl, JsonReply(200, R"({"ok":false})"));
  EXPECT_THAT(fixture.Revoke(), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

constexpr char kBoth[] =
    "    revocation: {kind: rfc7009, url: 'https://acme.test/revoke', token: both}";

TEST(RevokerTest, SendsBothTokensWhereEachEndsItselfAlone) {
  Fixture fixture(kBoth);
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
  const auto sent = fixture.harness.http.Requests();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(FormOf(sent[0].body).at("token"), "r1");
  EXPECT_EQ(FormOf(sent[0].body).at("token_type_hint"), "refresh_token");
  EXPECT_EQ(FormOf(sent[1].body).at("token"), "a1");
  EXPECT_EQ(FormOf(sent[1].body).at("token_type_hint"), "access_token");
  Fixture access_alone(kBoth);
  access_alone.tokens.clear_refresh_token();
  EXPECT_THAT(access_alone.Revoke(), IsOkAndHolds(true));
  EXPECT_EQ(access_alone.harness.http.Requests().size(), 1u);
}

TEST(RevokerTest, OfBothTokensTheRefreshTokenDecides) {
  Fixture fixture(kBoth);
  const auto fail_for = [&](const std::string& refused) {
    fixture.harness.http.On(kUrl, [refused](const HttpRequest& request) {
      return JsonReply(FormOf(request.body).at("token") == refused ? 503 : 200, "");
    });
  };
  fail_for("a1");
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
  fail_for("r1");
  EXPECT_THAT(fixture.Revoke(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
}

TEST(RevokerTest, SaysWhenThereIsNoWay) {
  EXPECT_THAT(Fixture("").Revoke(), IsOkAndHolds(false));
  Fixture fixture("    issuer: https://acme.test\n    revocation: {kind: rfc7009}");
  fixture.harness.http.On("https://acme.test/.well-known/openid-configuration",
                          JsonReply(200, R"({"issuer":"https://acme.test"})"));
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(false));
}

TEST(RevokerTest, WhatIsGoneAlreadyIsEnded) {
  Fixture fixture(
      "    revocation: {kind: rfc7009, url: 'https://acme.test/revoke'}\n    errors: [{body: "
      "{/code: 190}, outcome: revoked}]");
  fixture.harness.http.On(kUrl, JsonReply(400, R"({"code":190})"));
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
  fixture.harness.http.On(kUrl, JsonReply(404, ""));
  EXPECT_THAT(fixture.Revoke(), IsOkAndHolds(true));
}

TEST(RevokerTest, FailuresAreErrors) {
  Fixture fixture;
  fixture.harness.http.On(kUrl, JsonReply(503, ""));
  EXPECT_THAT(fixture.Revoke(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  fixture.harness.http.On(kUrl, JsonReply(401, R"({"error":"invalid_client"})"));
  EXPECT_THAT(fixture.Revoke(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
  fixture.harness.http.On(kUrl, absl::DeadlineExceededError("acme.test"));
  EXPECT_THAT(fixture.Revoke(), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
}

}  // namespace
}  // namespace evertoken
