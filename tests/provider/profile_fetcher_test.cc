#include "server/provider/profile_fetcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/provider/appsecret_proof.h"
#include "server/provider/md5_signature.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr char kMe[] = "https://acme.test/me";
constexpr char kMail[] = "https://acme.test/mail";

constexpr char kTwoCalls[] = R"(    profile_calls:
      - {name: me, url: "https://acme.test/me", query: {fields: "a,b"}, headers: {X-App: "{client_id}"}, appsecret_proof_parameter: proof}
      - {name: mail, url: "https://acme.test/mail", when_scopes: [email, mail], optional: true}
    profile_fields: {subject: /sub, email: "mail:/address"}
)";

struct Fixture {
  explicit Fixture(absl::string_view lines = "") : harness(lines) {
    tokens.set_access_token("t0ken");
    tokens.add_scopes("email");
  }

  ProfileResult Fetch(std::string claims = "") {
    return harness.executor.Await(fetcher.Fetch(harness.acme, tokens, std::move(claims)));
  }

  ProviderHarness harness;
  storage::v1::ProviderTokens tokens;
  DocumentCache cache{&harness.http, &harness.clock, absl::Seconds(10)};
  Discovery discovery{&cache, &harness.egress};
  Endpoints endpoints{&discovery, &harness.egress};
  ProfileFetcher fetcher{&harness.http, &harness.clock, &endpoints, absl::Seconds(10)};
};

TEST(ProfileFetcherTest, CallsAHostThatAReplyNamedOnlyWhereTheEntryPermitsIt) {
  Fixture fixture(
      "    reply_hosts: [.acme.test]\n    token: {reply: {keep: {base: /base}}}\n"
      "    profile_calls: [{name: me, url: '{kept:base}/me'}]");
  (*fixture.tokens.mutable_kept())["base"] = "https://eu.acme.test";
  fixture.harness.http.On("https://eu.acme.test/me", JsonReply(200, R"({"sub": 7})"));
  EXPECT_THAT(fixture.Fetch().status, IsOk());
  EXPECT_THAT(fixture.harness.egress.Check("https://eu.acme.test/me"), IsOk());
  for (const char* base :
       {"https://evil.test", "https://eu.acme.test@evil.test", "https://eu.acme.test:1",
        "http://eu.acme.test", "https://evil.test/#"}) {
    (*fixture.tokens.mutable_kept())["base"] = base;
    const ProfileResult result = fixture.Fetch();
    EXPECT_THAT(result.status, HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID)) << base;
    EXPECT_FALSE(result.access_token_rejected) << base;
  }
  EXPECT_EQ(fixture.harness.http.Requests().size(), 1u);
  EXPECT_FALSE(fixture.harness.egress.Check("https://evil.test/me").ok());
}

TEST(ProfileFetcherTest, BringsTheEntrysHeadersUnlessACallHasItsOwn) {
  Fixture fixture(
      "    headers: {X-Name: us, X-Version: '1', Accept: text/json}\n"
      "    profile_calls: [{name: me, url: 'https://acme.test/me', headers: {x-version: '2'}}]");
  fixture.harness.http.On(kMe, JsonReply(200, R"({"sub": 7})"));
  ASSERT_THAT(fixture.Fetch().status, IsOk());
  const HttpRequest request = fixture.harness.http.Requests().at(0);
  EXPECT_EQ(HeaderOf(request, "x-name"), "us");
  EXPECT_EQ(HeaderOf(request, "x-version"), "2");
  EXPECT_EQ(HeaderOf(request, "accept"), "text/json");
  EXPECT_EQ(HeaderOf(request, "authorization"), "Bearer t0ken");
}

TEST(ProfileFetcherTest, PassesOnTheLongestPauseThatAReplyAskedFor) {
  Fixture fixture(kTwoCalls);
  HttpReply first = JsonReply(200, R"({"sub": 7})");
  first.headers.emplace_back("ratelimit", "limit=9, remaining=0, reset=40");
  HttpReply second = JsonReply(429, "{}");
  second.headers.emplace_back("retry-after", "30");
  fixture.harness.http.On(kMe, first);
  fixture.harness.http.On(kMail, second);
  const ProfileResult result = fixture.Fetch();
  EXPECT_THAT(result.status, IsOk());
  EXPECT_EQ(result.pause, absl::Seconds(40));
  fixture.harness.http.On(kMe, second);
  EXPECT_EQ(fixture.Fetch().pause, absl::Seconds(30));
}

TEST(ProfileFetcherTest, MakesTheCallsAndMapsThem) {
  Fixture fixture(kTwoCalls);
  fixture.harness.http.On(kMe, JsonReply(200, R"({"sub": 7})"));
  fixture.harness.http.On(kMail, JsonReply(200, R"({"address":"a@x.test"})"));
  const ProfileResult result = fixture.Fetch();
  ASSERT_THAT(result.status, IsOk());
  EXPECT_EQ(result.profile.subject(), "7");
  EXPECT_EQ(result.profile.emails(0).address(), "a@x.test");
  EXPECT_TRUE(result.profile.missing_scopes().empty());
  EXPECT_THAT(result.raw, UnorderedElementsAre(Pair("me", R"({"sub":7})"),
                                               Pair("mail", R"({"address":"a@x.test"})")));
  const HttpRequest request = fixture.harness.http.Requests(kMe).at(0);
  EXPECT_EQ(HeaderOf(request, "authorization"), "Bearer t0ken");
  EXPECT_EQ(HeaderOf(request, "x-app"), "our-client");
  EXPECT_EQ(QueryOf(request.url).at("fields"), "a,b");
  EXPECT_EQ(QueryOf(request.url).at("proof"), AppsecretProof("t0ken", "s3cr&t"));
}

TEST(ProfileFetcherTest, ACallWithoutItsScopesIsLeftOutAndTold) {
  Fixture fixture(kTwoCalls);
  fixture.tokens.clear_scopes();
  fixture.harness.http.On(kMe, JsonReply(200, R"({"sub":"7"})"));
  const ProfileResult result = fixture.Fetch();
  ASSERT_THAT(result.status, IsOk());
  EXPECT_THAT(result.profile.missing_scopes(), ElementsAre("email", "mail"));
  EXPECT_TRUE(fixture.harness.http.Requests(kMail).empty());
}

TEST(ProfileFetcherTest, AnOptionalCallMayFail) {
  Fixture fixture(kTwoCalls);
  fixture.harness.http.On(kMe, JsonReply(200, R"({"sub":"7"})"));
  for (const int status : {401, 403, 500}) {
    fixture.harness.http.On(kMail, JsonReply(status, "{}"));
    const ProfileResult result = fixture.Fetch();
    ASSERT_THAT(result.status, IsOk());
    EXPECT_EQ(result.profile.emails_size(), 0);
    EXPECT_FALSE(result.access_token_rejected);
  }
}

TEST(ProfileFetcherTest, ARequiredCallMayNot) {
  Fixture fixture;
  fixture.harness.http.On(kMe, JsonReply(401, "{}"));
  EXPECT_TRUE(fixture.Fetch().access_token_rejected);
  fixture.harness.http.On(kMe, JsonReply(500, "{}"));
  const ProfileResult down = fixture.Fetch();
  EXPECT_THAT(down.status, HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  EXPECT_FALSE(down.access_token_rejected);
  EXPECT_EQ(down.profile.subject(), "");
  for (const char* body : {"", "<html>", "7", "\"x\"", "null"}) {
    fixture.harness.http.On(kMe, JsonReply(200, body));
    EXPECT_THAT(fixture.Fetch().status, HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID)) << body;
  }
  fixture.harness.http.On(kMe, absl::DeadlineExceededError("acme.test"));
  EXPECT_THAT(fixture.Fetch().status, HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
}

TEST(ProfileFetcherTest, TheProfileMustBeTheIdTokensUsers) {
  Fixture fixture(
      "    issuer: https://acme.test\n    profile_fields: {subject: /sub, gender: "
      "'id_token:/gender'}");
  fixture.harness.http.On(kMe, JsonReply(200, R"({"sub":"7"})"));
  EXPECT_EQ(fixture.Fetch(R"({"sub":"7","gender":"f"})").profile.gender(), "f");
  EXPECT_THAT(fixture.Fetch(R"({"sub":"8"})").status,
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_THAT(fixture.Fetch("").status, IsOk());
}

TEST(ProfileFetcherTest, TheTokenGoesAsBearerUnlessTheEntryPutsItElsewhere) {
  for (const char* call : {"query: {t: '{access_token}'}", "headers: {X-Token: '{access_token}'}",
                           "method: POST, form: {t: '{access_token}'}"}) {
    Fixture fixture(absl::StrCat("    profile_calls: [{name: me, url: '", kMe, "', ", call, "}]"));
    fixture.harness.http.On(kMe, JsonReply(200, R"({"sub": 7})"));
    ASSERT_THAT(fixture.Fetch().status, IsOk()) << call;
    EXPECT_EQ(HeaderOf(fixture.harness.http.Requests().at(0), "authorization"), "") << call;
  }
  Fixture in_path("    profile_calls: [{name: me, url: 'https://acme.test/{access_token}'}]");
  in_path.harness.http.On("https://acme.test/t0ken", JsonReply(200, R"({"sub": 7})"));
  ASSERT_THAT(in_path.Fetch().status, IsOk());
  EXPECT_EQ(HeaderOf(in_path.harness.http.Requests().at(0), "authorization"), "");
}

TEST(ProfileFetcherTest, PostsAFormOrNothing) {
  Fixture form(
      "    profile_calls: [{name: me, url: 'https://acme.test/me', method: POST, form: {a: b, c: "
      "'{client_id}'}}]");
  form.harness.http.On(kMe, JsonReply(200, R"({"sub": 7})"));
  ASSERT_THAT(form.Fetch().status, IsOk());
  const HttpRequest sent = form.harness.http.Requests().at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.body, "a=b&c=our-client");
  EXPECT_EQ(HeaderOf(sent, "content-type"), "application/x-www-form-urlencoded");
  Fixture empty("    profile_calls: [{name: me, url: 'https://acme.test/me', method: POST}]");
  empty.harness.http.On(kMe, JsonReply(200, R"({"sub": 7})"));
  ASSERT_THAT(empty.Fetch().status, IsOk());
  const HttpRequest bare = empty.harness.http.Requests().at(0);
  EXPECT_EQ(bare.method, "POST");
  EXPECT_EQ(bare.body, "");
  EXPECT_EQ(HeaderOf(bare, "content-type"), "");
}

TEST(ProfileFetcherTest, OneCallsValueServesTheNext) {
  Fixture fixture(
      "    profile_calls: [{name: me, url: 'https://acme.test/me', format: jsonp, keep: {id: "
      "/openid}}, "
      "{name: mail, url: 'https://acme.test/mail', query: {id: '{kept:id}'}}]\n"
      "    profile_fields: {subject: /openid, email: 'mail:/address'}");
  fixture.harness.http.On(kMe, JsonReply(200, R"(callback({"openid":"o1"});)"));
  fixture.harness.http.On(kMail, JsonReply(200, R"({"address":"a@x.test"})"));
  const ProfileResult result = fixture.Fetch();
  ASSERT_THAT(result.status, IsOk());
  EXPECT_EQ(result.profile.subject(), "o1");
  EXPECT_EQ(QueryOf(fixture.harness.http.Requests(kMail).at(0).url).at("id"), "o1");
  fixture.harness.http.On(kMe, JsonReply(200, "callback({});"));
  EXPECT_THAT(fixture.Fetch().status, HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

TEST(ProfileFetcherTest, SignsWhatTheEntryWantsSigned) {
  Fixture fixture(
      "    profile_calls: [{name: me, url: 'https://acme.test/me', "
      "query: {b: '2', a: '1', access_token: '{access_token}'}, md5_signature_parameter: sig}]");
  fixture.harness.http.On(kMe, JsonReply(200, R"({"sub": 7})"));
  ASSERT_THAT(fixture.Fetch().status, IsOk());
  EXPECT_EQ(QueryOf(fixture.harness.http.Requests().at(0).url).at("sig"),
            Md5Signature({{"a", "1"}, {"b", "2"}}, "t0ken", "s3cr&t"));
}

TEST(ProfileFetcherTest, AnImageIsADocument) {
  Fixture fixture(
      "    profile_calls: [{name: me, url: 'https://acme.test/me'}, "
      "{name: photo, url: 'https://acme.test/mail', format: image, optional: true}]\n"
      "    profile_fields: {subject: /sub, picture_url: 'photo:/data_uri'}");
  fixture.harness.http.On(kMe, JsonReply(200, R"({"sub": 7})"));
  fixture.harness.http.On(kMail, JsonReply(200, "GIF89a"));
  EXPECT_EQ(fixture.Fetch().profile.picture_url(), "data:image/gif;base64,R0lGODlh");
  EXPECT_EQ(HeaderOf(fixture.harness.http.Requests(kMail).at(0), "accept"), "image/*");
  fixture.harness.http.On(kMail, JsonReply(200, "<svg/>"));
  EXPECT_EQ(fixture.Fetch().profile.picture_url(), "");
  fixture.harness.http.On(kMail, JsonReply(404, R"({"error":"none"})"));
  EXPECT_THAT(fixture.Fetch().status, IsOk());
}

TEST(ProfileFetcherTest, WithoutCallsIdTokenAndKeptValuesTell) {
  Fixture fixture(
      "    issuer: https://acme.test\n    authorization: {keep_from_callback: [user]}\n"
      "    profile_calls: []\n"
      "    profile_fields: {subject: /sub, given_name: 'kept:/user/name/first', email: "
      "'id_token:/email'}");
  (*fixture.tokens.mutable_kept())["user"] = R"({"name":{"first":"Ada"}})";
  const ProfileResult result = fixture.Fetch(R"({"sub":"7","email":"a@x.test"})");
  ASSERT_THAT(result.status, IsOk());
  EXPECT_EQ(result.profile.subject(), "7");
  EXPECT_EQ(result.profile.given_name(), "Ada");
  EXPECT_EQ(result.profile.emails(0).address(), "a@x.test");
  EXPECT_EQ(result.profile.fields().at("given_name").source(), "kept");
  EXPECT_TRUE(result.raw.empty());
  EXPECT_TRUE(fixture.harness.http.Requests().empty());
}

TEST(ProfileFetcherTest, TheFirstCallMayBeDiscoverysUserinfo) {
  Fixture fixture("    issuer: https://acme.test\n    profile_calls: [{name: userinfo}]");
  fixture.harness.http.On(
      "https://acme.test/.well-known/openid-configuration",
      JsonReply(
          200, R"({"issuer":"https://acme.test","userinfo_endpoint":"https://info.acme.test/u"})"));
  fixture.harness.http.On("https://info.acme.test/u", JsonReply(200, R"({"sub":"7"})"));
  EXPECT_EQ(fixture.Fetch().profile.subject(), "7");
}

}  // namespace
}  // namespace evertoken
