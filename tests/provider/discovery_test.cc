#include "server/provider/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kUrl[] = "https://acme.test/t1/.well-known/openid-configuration";

struct Fixture {
  explicit Fixture(const char* lines = "    issuer: https://acme.test/t1") : harness(lines) {}

  absl::StatusOr<DiscoveryDocument> Get(const std::string& json) {
    harness.http.On(kUrl, JsonReply(200, json));
    return harness.executor.Await(discovery.Get(harness.acme));
  }

  ProviderHarness harness;
  DocumentCache cache{&harness.http, &harness.clock, absl::Seconds(10)};
  Discovery discovery{&cache, &harness.egress};
};

TEST(DiscoveryTest, ReadsTheDocumentAndPermitsItsOrigins) {
  Fixture fixture;
  EXPECT_FALSE(fixture.harness.egress.Check("https://keys.acme.test/k").ok());
  const auto document = fixture.Get(
      R"({"issuer":"https://acme.test/t1","authorization_endpoint":"https://acme.test/a",
      "token_endpoint":"https://tokens.acme.test/t","jwks_uri":"https://keys.acme.test/k",
      "code_challenge_methods_supported":["plain","S256"],"token_endpoint_auth_methods_supported":["client_secret_post"]})");
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(document->token_endpoint, "https://tokens.acme.test/t");
  EXPECT_EQ(document->userinfo_endpoint, "");
  EXPECT_THAT(document->code_challenge_methods, ElementsAre("plain", "S256"));
  EXPECT_THAT(document->token_endpoint_auth_methods, ElementsAre("client_secret_post"));
  EXPECT_THAT(fixture.harness.egress.Check("https://keys.acme.test/k"), IsOk());
}

TEST(DiscoveryTest, TheIssuerMustBeExactlyTheConfiguredOne) {
  for (const char* issuer : {"https://acme.test/t1/", "https://acme.test", "http://acme.test/t1",
                             "https://evil.test/t1", ""}) {
    Fixture fixture;
    EXPECT_THAT(fixture.Get(std::string(R"({"issuer":")") + issuer + R"("})"),
                HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID))
        << issuer;
  }
}

TEST(DiscoveryTest, TheCallbackMustNameTheIssuerWhereDiscoveryPromisesIt) {
  Fixture silent;
  const auto promises_nothing = silent.Get(R"({"issuer":"https://acme.test/t1"})");
  ASSERT_THAT(promises_nothing, IsOk());
  EXPECT_TRUE(IsCallbackIssuer(silent.harness.acme, *promises_nothing, ""));
  EXPECT_TRUE(IsCallbackIssuer(silent.harness.acme, *promises_nothing, "https://acme.test/t1"));
  EXPECT_FALSE(IsCallbackIssuer(silent.harness.acme, *promises_nothing, "https://acme.test/t2"));
  Fixture fixture;
  const auto promises = fixture.Get(
      R"({"issuer":"https://acme.test/t1","authorization_response_iss_parameter_supported":true})");
  ASSERT_THAT(promises, IsOk());
  EXPECT_FALSE(IsCallbackIssuer(fixture.harness.acme, *promises, ""));
  EXPECT_TRUE(IsCallbackIssuer(fixture.harness.acme, *promises, "https://acme.test/t1"));
}

TEST(DiscoveryTest, ATrailingSlashIsPartOfTheIssuerButNotOfTheAddress) {
  Fixture fixture("    issuer: https://acme.test/t1/");
  EXPECT_THAT(fixture.Get(R"({"issuer":"https://acme.test/t1/"})"), IsOk());
}

TEST(DiscoveryTest, AdditionalIssuersAndTemplatesAreAccepted) {
  const char* lines =
      "    issuer: https://acme.test/t1\n    id_token: {issuer_template: "
      "'https://acme.test/{tid}', additional_issuers: "
      "['https://old.acme.test']}";
  EXPECT_THAT(Fixture(lines).Get(R"({"issuer":"https://old.acme.test"})"), IsOk());
  EXPECT_THAT(Fixture(lines).Get(R"({"issuer":"https://acme.test/{tenantid}"})"), IsOk());
  EXPECT_THAT(Fixture(lines).Get(R"({"issuer":"https://acme.test/1-2"})"), IsOk());
  EXPECT_FALSE(Fixture(lines).Get(R"({"issuer":"https://acme.test/1/2"})").ok());
}

TEST(DiscoveryTest, EndpointsMustBeHttps) {
  for (const char* url : {"http://acme.test/t", "ftp://acme.test", "javascript:alert(1)",
                          "https://a@b.test/", "/t"}) {
    Fixture fixture;
    EXPECT_THAT(fixture.Get(std::string(R"({"issuer":"https://acme.test/t1","token_endpoint":")") +
                            url + R"("})"),
                HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID))
        << url;
  }
}

std::string DocumentWith(const std::string& issuer, const char* member, const std::string& url) {
  return absl::StrCat(R"({"issuer":")", issuer, R"(",")", member, R"(":")", url, R"("})");
}

TEST(DiscoveryTest, EndpointsAtAddressesAreRefusedInAnySpelling) {
  for (const char* host :
       {"10.0.0.1", "8.8.8.8", "169.254.169.254:8080", "127.0.0.1", "127.1", "2852039166",
        "0xa9fea9fe", "0XA9.0xfe.0xa9.0xfe", "0x", "0251.0376.0251.0376", "017700000001",
        "169.254.43518", "acme.test.1", "[::1]", "[::ffff:169.254.169.254]", "[fd00:ec2::254]:443",
        "localhost", "LocalHost:8443", "acme.localhost"}) {
    for (const char* member : {"authorization_endpoint", "token_endpoint", "userinfo_endpoint",
                               "revocation_endpoint", "jwks_uri"}) {
      Fixture fixture;
      const std::string url = absl::StrCat("https://", host, "/latest");
      const auto document = fixture.Get(DocumentWith("https://acme.test/t1", member, url));
      EXPECT_THAT(document, HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID)) << url;
      EXPECT_THAT(document.status().message(), HasSubstr("not the issuer's"));
      EXPECT_FALSE(fixture.harness.egress.Check(url).ok()) << url;
    }
  }
}

TEST(DiscoveryTest, NamesThatOnlyLookLikeAddressesAreNames) {
  for (const char* host : {"127.0.0.1.acme.test", "0x7f.acme.test", "10.acme.t1",
                           "localhost.acme.test", "face", "1.0xyz"}) {
    Fixture fixture;
    const std::string url = absl::StrCat("https://", host, "/t");
    EXPECT_THAT(fixture.Get(DocumentWith("https://acme.test/t1", "token_endpoint", url)), IsOk())
        << url;
  }
}

// An operator who configures an address means it: for that host, and for no other.
TEST(DiscoveryTest, AnIssuerAtAnAddressMayNameItsOwnHost) {
  const auto get = [](const std::string& issuer, bool insecure, const std::string& url) {
    Fixture fixture;
    EgressPolicy egress(insecure);
    fixture.harness.http.On(kUrl, JsonReply(200, DocumentWith(issuer, "token_endpoint", url)));
    const auto document =
        fixture.harness.executor.Await(fixture.cache.Get("acme", kUrl, absl::Hours(1)));
    EXPECT_THAT(document, IsOk());
    return ReadDiscoveryDocument(fixture.harness.acme, issuer, (*document)->root(), &egress)
        .status();
  };
  const auto refused = HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
  EXPECT_THAT(get("https://10.0.0.1", false, "https://10.0.0.1:8443/t"), IsOk());
  EXPECT_THAT(get("https://[fd00::1]", false, "https://[fd00:0:0::1]:8443/t"), IsOk());
  EXPECT_THAT(get("https://10.0.0.1", false, "https://10.0.0.2/t"), refused);
  EXPECT_THAT(get("https://10.0.0.1", false, "https://0xa000001/t"), refused);
  EXPECT_THAT(get("https://10.0.0.1", false, "https://idp.test/t"), IsOk());
  EXPECT_THAT(get("http://127.0.0.1:1234", true, "http://127.0.0.1:5678/t"), IsOk());
  EXPECT_THAT(get("http://localhost:1234", true, "http://localhost:1234/t"), IsOk());
  EXPECT_THAT(get("http://127.0.0.1:1234", true, "https://127.0.0.1/t"), IsOk());
  EXPECT_THAT(get("http://127.0.0.1:1234", true, "http://127.0.0.2:1234/t"), refused);
  EXPECT_THAT(get("https://127.0.0.1", true, "http://127.0.0.1/t"), refused);
  EXPECT_THAT(get("https://acme.test", true, "http://127.0.0.1/t"), refused);
  EXPECT_THAT(get("https://acme.test", true, "http://localhost/t"), refused);
}

TEST(DiscoveryTest, SurvivesMembersOfOtherTypes) {
  Fixture fixture;
  const auto document = fixture.Get(
      R"({"issuer":"https://acme.test/t1","token_endpoint":7,"code_challenge_methods_supported":"S256"})");
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(document->token_endpoint, "");
  EXPECT_TRUE(document->code_challenge_methods.empty());
}

TEST(DiscoveryTest, ADocumentThatChangedIsReadAnew) {
  Fixture fixture;
  EXPECT_EQ(
      fixture.Get(R"({"issuer":"https://acme.test/t1","token_endpoint":"https://acme.test/old"})")
          ->token_endpoint,
      "https://acme.test/old");
  const char* const changed =
      R"({"issuer":"https://acme.test/t1","token_endpoint":"https://acme.test/new"})";
  EXPECT_EQ(fixture.Get(changed)->token_endpoint, "https://acme.test/old");
  fixture.harness.clock.Advance(absl::Hours(1));
  EXPECT_EQ(fixture.Get(changed)->token_endpoint, "https://acme.test/new");
}

TEST(DiscoveryTest, TwoEntriesReadOneDocumentEachByItsOwnRules) {
  Fixture fixture(
      "    issuer: https://acme.test/t1\n  other:\n    extends: acme\n    issuer: "
      "https://acme.test/t1\n"
      "    id_token: {additional_issuers: ['https://old.acme.test']}");
  const char* const document = R"({"issuer":"https://old.acme.test"})";
  EXPECT_FALSE(fixture.Get(document).ok());
  fixture.harness.acme = fixture.harness.Bind(fixture.harness.catalog, "other");
  EXPECT_THAT(fixture.Get(document), IsOk());
  fixture.harness.acme = fixture.harness.Bind(fixture.harness.catalog, "acme");
  EXPECT_FALSE(fixture.Get(document).ok());
}

TEST(DiscoveryTest, AnEntryWithoutIssuerHasNone) {
  Fixture fixture("");
  EXPECT_THAT(fixture.harness.executor.Await(fixture.discovery.Get(fixture.harness.acme)),
              HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
}

TEST(IssuerTemplateTest, FitsOnlyItsOwnShape) {
  const char* text = "https://acme.test/{tid}/v2";
  EXPECT_TRUE(FitsIssuerTemplate("https://acme.test/abc-1/v2", text));
  EXPECT_TRUE(FitsIssuerTemplate("https://acme.test/{tenantid}/v2", text));
  for (const char* issuer :
       {"https://acme.test//v2", "https://acme.test/a/b/v2", "https://acme.test/a/v2/",
        "https://acme.test/a", "https://evil.test/a/v2", "", "https://acme.test/a%2f/v2"}) {
    EXPECT_FALSE(FitsIssuerTemplate(issuer, text)) << issuer;
  }
}

}  // namespace
}  // namespace evertoken
