#include "server/provider/request_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

struct Fixture {
  explicit Fixture(const std::string& request, const std::string& more = "")
      : harness(absl::StrCat("    post_exchange: ", request, "\n", more)) {
    tokens.set_access_token("a1");
    tokens.set_refresh_token("r&1");
  }

  absl::StatusOr<HttpRequest> Write() {
    return harness.executor.Await(
        writer.Write(harness.acme, &harness.acme.entry->post_exchange(), tokens));
  }

  ProviderHarness harness;
  storage::v1::ProviderTokens tokens;
  DocumentCache cache{&harness.http, &harness.clock, absl::Seconds(10)};
  Discovery discovery{&cache, &harness.egress};
  Endpoints endpoints{&discovery, &harness.egress};
  RequestWriter writer{&endpoints};
};

constexpr char kParameters[] = "parameters: {t: '{refresh_token}', c: '{client_id}'}";

TEST(RequestWriterTest, WritesAForm) {
  Fixture fixture(absl::StrCat("{url: 'https://acme.test/x', ", kParameters, "}"),
                  "    headers: {X-Version: '2'}");
  const auto request = fixture.Write();
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->url, "https://acme.test/x");
  EXPECT_EQ(HeaderOf(*request, "content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(HeaderOf(*request, "accept"), "application/json");
  EXPECT_EQ(HeaderOf(*request, "x-version"), "2");
  EXPECT_EQ(HeaderOf(*request, "authorization"), "");
  EXPECT_THAT(FormOf(request->body),
              UnorderedElementsAre(Pair("t", "r&1"), Pair("c", "our-client")));
}

TEST(RequestWriterTest, WritesJson) {
  for (const char* method : {"POST", "DELETE"}) {
    Fixture fixture(absl::StrCat("{url: 'https://acme.test/x', body: json, method: ", method, ", ",
                                 kParameters, "}"));
    const auto request = fixture.Write();
    ASSERT_THAT(request, IsOk());
    EXPECT_EQ(request->method, method);
    EXPECT_EQ(request->url, "https://acme.test/x");
    EXPECT_EQ(HeaderOf(*request, "content-type"), "application/json");
    EXPECT_EQ(request->body, R"({"c":"our-client","t":"r&1"})");
  }
}

TEST(RequestWriterTest, WritesAQuery) {
  for (const char* method : {"GET", "DELETE"}) {
    Fixture fixture(absl::StrCat("{url: 'https://acme.test/x', secrets_in_url: true, method: ",
                                 method, ", ", kParameters, "}"));
    const auto request = fixture.Write();
    ASSERT_THAT(request, IsOk());
    EXPECT_EQ(request->method, method);
    EXPECT_EQ(request->url, "https://acme.test/x?c=our-client&t=r%261");
    EXPECT_EQ(HeaderOf(*request, "content-type"), "");
    EXPECT_THAT(request->body, IsEmpty());
  }
}

TEST(RequestWriterTest, SecretsInThePathAreEncoded) {
  Fixture fixture(
      "{url: 'https://acme.test/{refresh_token}/x', method: DELETE, secrets_in_url: true}");
  const auto request = fixture.Write();
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->url, "https://acme.test/r%261/x");
}

TEST(RequestWriterTest, ProvesTheClient) {
  Fixture basic(
      absl::StrCat("{url: 'https://acme.test/x', proof: client, body: json, ", kParameters, "}"));
  auto request = basic.Write();
  ASSERT_THAT(request, IsOk());
  EXPECT_THAT(HeaderOf(*request, "authorization"), StartsWith("Basic "));
  EXPECT_EQ(request->body, R"({"c":"our-client","t":"r&1"})");

  const std::string by_post = "    client_authentication: {kind: post}";
  Fixture form("{url: 'https://acme.test/x', proof: client}", by_post);
  request = form.Write();
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(HeaderOf(*request, "authorization"), "");
  EXPECT_THAT(FormOf(request->body), UnorderedElementsAre(Pair("client_id", "our-client"),
                                                          Pair("client_secret", "s3cr&t")));
  Fixture json("{url: 'https://acme.test/x', proof: client, body: json}", by_post);
  request = json.Write();
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->body, R"({"client_id":"our-client","client_secret":"s3cr&t"})");
}

TEST(RequestWriterTest, ProvesTheUser) {
  Fixture fixture("{url: 'https://acme.test/x', proof: bearer}");
  const auto request = fixture.Write();
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(HeaderOf(*request, "authorization"), "Bearer a1");
  // Some refuse a body's type where they want no body.
  EXPECT_EQ(HeaderOf(*request, "content-type"), "");
  EXPECT_THAT(request->body, IsEmpty());
  fixture.tokens.clear_access_token();
  EXPECT_THAT(fixture.Write(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
}

TEST(RequestWriterTest, WhatIsMissingIsNotLeftOut) {
  Fixture fixture(absl::StrCat("{url: 'https://acme.test/x', ", kParameters, "}"));
  fixture.tokens.clear_refresh_token();
  EXPECT_THAT(fixture.Write(), HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
}

TEST(RequestWriterTest, DiscoveryIsAskedForTheProofBeforehand) {
  const char* const kIssuer =
      "    issuer: https://acme.test\n    client_authentication: {kind: by_discovery}";
  const std::string url = "https://acme.test/.well-known/openid-configuration";
  Fixture fixture("{url: 'https://acme.test/x', proof: client}", kIssuer);
  fixture.harness.http.On(
      url, JsonReply(200, R"({"issuer":"https://acme.test","token_endpoint_auth_methods_supported":
                              ["client_secret_post"]})"));
  const auto* described = &fixture.harness.acme.entry->post_exchange();
  EXPECT_THAT(
      fixture.harness.executor.Await(fixture.writer.Prepare(fixture.harness.acme, described)),
      IsOk());
  EXPECT_EQ(fixture.harness.http.Requests().size(), 1u);
  const auto request = fixture.Write();
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(FormOf(request->body).at("client_secret"), "s3cr&t");
  EXPECT_EQ(fixture.harness.http.Requests().size(), 1u);
}

}  // namespace
}  // namespace evertoken
