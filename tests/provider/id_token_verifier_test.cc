#include "server/provider/id_token_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"
#include "tests/provider/test_signer.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;

constexpr char kKeysUrl[] = "https://acme.test/keys";

class IdTokenVerifierTest : public ::testing::Test {
 protected:
  // Keys are slow to make and the same for all tests.
  static void SetUpTestSuite() {
    rsa_ = new TestSigner(TestSigner::Rsa());
    other_ = new TestSigner(TestSigner::Rsa());
  }

  IdTokenVerifierTest() {
    harness_.http.On("https://acme.test/.well-known/openid-configuration",
                     JsonReply(200, absl::StrCat(R"({"issuer":"https://acme.test","jwks_uri":")",
                                                 kKeysUrl, R"("})")));
    ListKeys(rsa_->PublicJwk(R"(,"kid":"one","use":"sig")"));
  }

  void ListKeys(absl::string_view keys) {
    harness_.http.On(kKeysUrl, JsonReply(200, absl::StrCat(R"({"keys":[)", keys, "]}")));
  }

  std::string Claims(absl::string_view more = "") const {
    const int64_t now = absl::ToUnixSeconds(harness_.clock.Now());
    return absl::StrCat(R"({"iss":"https://acme.test","sub":"user-1","aud":"our-client","iat":)",
                        now, R"(,"exp":)", now + 300, R"(,"nonce":"n0nce")", more, "}");
  }

  absl::StatusOr<IdTokenClaims> Verify(const std::string& token) {
    return harness_.executor.Await(verifier_.Verify(harness_.acme, Secret(token), Secret("n0nce")));
  }

  absl::StatusOr<IdTokenClaims> VerifyRenewed(const std::string& token) {
    return harness_.executor.Await(verifier_.VerifyRenewed(harness_.acme, Secret(token)));
  }

  void ExpectRefused(const std::string& token, const char* what) {
    const auto claims = Verify(token);
    EXPECT_THAT(claims, HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
    EXPECT_THAT(std::string(claims.status().message()), HasSubstr(what));
  }

  size_t key_fetches() const { return harness_.http.Requests(kKeysUrl).size(); }

  static TestSigner* rsa_;
  static TestSigner* other_;
  ProviderHarness harness_{"    issuer: https://acme.test"};
  DocumentCache documents_{&harness_.http, &harness_.clock, absl::Seconds(10)};
  Discovery discovery_{&documents_, &harness_.egress};
  IdTokenVerifier verifier_{&harness_.clock, &discovery_, &documents_};
};

TestSigner* IdTokenVerifierTest::rsa_ = nullptr;
TestSigner* IdTokenVerifierTest::other_ = nullptr;

TEST_F(IdTokenVerifierTest, AcceptsAGoodToken) {
  const auto claims =
      Verify(rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims(R"(,"email":"a@x.test")")));
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->subject, "user-1");
  EXPECT_THAT(claims->json, HasSubstr("a@x.test"));
}

// OpenID Connect Core 1.0 section 3.1.3.7 (6): it came over TLS, and the tokens beside it cannot be had again.
TEST_F(IdTokenVerifierTest, ARenewedTokenIsJudgedByItsClaimsWhileKeysCannotBeRead) {
  harness_.http.On(kKeysUrl, JsonReply(503, ""));
  const std::string good = other_->Sign(R"({"alg":"RS256","kid":"two"})", Claims());
  EXPECT_THAT(Verify(good), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
  const auto claims = VerifyRenewed(good);
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->subject, "user-1");
  const std::string foreign = other_->Sign(R"({"alg":"RS256","kid":"two"})",
                                           R"({"iss":"https://evil.test","sub":"user-1"})");
  EXPECT_THAT(VerifyRenewed(foreign), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_THAT(
      VerifyRenewed(absl::StrCat(Base64Url(R"({"alg":"none"})"), ".", Base64Url(Claims()), ".")),
      HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

// A firewall's page in place of the discovery document says nothing of the token.
TEST_F(IdTokenVerifierTest, ARenewedTokenIsNotRefusedForASickDiscoveryDocument) {
  const std::string token = rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims());
  for (const char* document : {"<html>", R"({"issuer":"https://acme.test"})"}) {
    harness_.http.On("https://acme.test/.well-known/openid-configuration",
                     JsonReply(200, document));
    EXPECT_THAT(VerifyRenewed(token), HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
    harness_.clock.Advance(absl::Hours(48));
  }
}

// The provider changed its keys, and says so to nobody.
TEST_F(IdTokenVerifierTest, OldKeysProveNothingAgainstARenewedToken) {
  ASSERT_THAT(VerifyRenewed(rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims())), IsOk());
  for (const HttpReply& reply :
       {JsonReply(503, ""), JsonReply(403, ""), JsonReply(200, "<html>")}) {
    harness_.clock.Advance(absl::Minutes(2));
    harness_.http.On(kKeysUrl, reply);
    EXPECT_THAT(VerifyRenewed(other_->Sign(R"({"alg":"RS256","kid":"two"})", Claims())), IsOk());
  }
  harness_.clock.Advance(absl::Minutes(2));
  ListKeys(rsa_->PublicJwk(R"(,"kid":"one","use":"sig")"));
  EXPECT_THAT(VerifyRenewed(other_->Sign(R"({"alg":"RS256","kid":"two"})", Claims())),
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

TEST_F(IdTokenVerifierTest, ARenewedTokenNeedsItsSignatureWhileKeysCanBeRead) {
  EXPECT_THAT(VerifyRenewed(rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims())), IsOk());
  EXPECT_THAT(VerifyRenewed(other_->Sign(R"({"alg":"RS256","kid":"one"})", Claims())),
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

TEST_F(IdTokenVerifierTest, AcceptsEllipticCurves) {
  const TestSigner ec = TestSigner::Ec();
  ListKeys(ec.PublicJwk(R"(,"kid":"ec")"));
  EXPECT_THAT(Verify(ec.Sign(R"({"alg":"ES256","kid":"ec"})", Claims())), IsOk());
}

TEST_F(IdTokenVerifierTest, RefusesNone) {
  const std::string header = Base64Url(R"({"alg":"none","kid":"one"})");
  ExpectRefused(absl::StrCat(header, ".", Base64Url(Claims()), "."), "algorithm");
  ExpectRefused(absl::StrCat(Base64Url(R"({"alg":"None"})"), ".", Base64Url(Claims()), "."),
                "algorithm");
  EXPECT_EQ(key_fetches(), 0u);
}

TEST_F(IdTokenVerifierTest, NativeClientsAreTheApps) {
  const auto token = [&](const char* audience, const char* more) {
    std::string claims = Claims(more);
    claims.replace(claims.find("our-client"), 10, audience);
    return rsa_->Sign(R"({"alg":"RS256","kid":"one"})", claims);
  };
  ExpectRefused(token("phone", ""), "another audience");
  harness_.client.add_native_client_ids("phone");
  EXPECT_EQ(Verify(token("phone", ""))->client_id, "phone");
  EXPECT_EQ(Verify(token("our-client", ""))->client_id, "");
  // Who got it renews it.
  EXPECT_EQ(Verify(token("our-client", R"(,"azp":"phone")"))->client_id, "phone");
  ExpectRefused(token("phone", R"(,"azp":"stranger")"), "another party");
}

class SecretSignedTest : public IdTokenVerifierTest {
 protected:
  SecretSignedTest() {
    ProviderHarness other("    issuer: https://acme.test\n    id_token: {algorithms: [HS256]}");
    harness_.acme = harness_.Bind(other.catalog, "acme");
  }
};

TEST_F(SecretSignedTest, AcceptsTheClientSecretsSignatureWithoutAnyKeys) {
  const TestSigner ours = TestSigner::Hmac("s3cr&t");
  EXPECT_THAT(Verify(ours.Sign(R"({"alg":"HS256"})", Claims())), IsOk());
  EXPECT_EQ(key_fetches(), 0u);
  ExpectRefused(TestSigner::Hmac("guess").Sign(R"({"alg":"HS256"})", Claims()), "wrong signature");
  harness_.client.clear_client_secret();
  ExpectRefused(ours.Sign(R"({"alg":"HS256"})", Claims()), "wrong signature");
}

// Neither way around is a public key taken for a secret.
TEST_F(SecretSignedTest, RefusesPublicKeys) {
  ExpectRefused(rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims()), "algorithm");
  const TestSigner hmac = TestSigner::Hmac(rsa_->PublicJwk(R"(,"kid":"one","use":"sig")"));
  ExpectRefused(hmac.Sign(R"({"alg":"HS256","kid":"one"})", Claims()), "wrong signature");
}

TEST_F(IdTokenVerifierTest, RefusesAnHmacUnderThePublicKey) {
  const TestSigner hmac = TestSigner::Hmac(rsa_->PublicJwk(R"(,"kid":"one","use":"sig")"));
  ExpectRefused(hmac.Sign(R"({"alg":"HS256","kid":"one"})", Claims()), "algorithm");
  EXPECT_EQ(key_fetches(), 0u);
}

TEST_F(IdTokenVerifierTest, RefusesAnAlgorithmThatIsNotListed) {
  ExpectRefused(rsa_->Sign(R"({"alg":"RS512","kid":"one"})", Claims()), "algorithm");
}

TEST_F(IdTokenVerifierTest, RefusesAWrongSignature) {
  ExpectRefused(other_->Sign(R"({"alg":"RS256","kid":"one"})", Claims()), "signature");
  const std::string good = rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims());
  const std::vector<std::string> parts = absl::StrSplit(good, '.');
  ExpectRefused(absl::StrCat(parts[0], ".", Base64Url(Claims(R"(,"admin":true)")), ".", parts[2]),
                "signature");
  ExpectRefused(absl::StrCat(parts[0], ".", parts[1], "."), "signature");
}

TEST_F(IdTokenVerifierTest, RefusesAKeyOfAnotherPurpose) {
  ListKeys(rsa_->PublicJwk(R"(,"kid":"one","use":"enc")"));
  ExpectRefused(rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims()),
                "key that the provider does not list");
}

TEST_F(IdTokenVerifierTest, AnUnknownKeyMakesTheKeysBeReadAgainAtOnceButOnceAMinute) {
  EXPECT_THAT(Verify(rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims())), IsOk());
  EXPECT_EQ(key_fetches(), 1u);
  ListKeys(other_->PublicJwk(R"(,"kid":"two")"));
  EXPECT_THAT(Verify(other_->Sign(R"({"alg":"RS256","kid":"two"})", Claims())), IsOk());
  EXPECT_EQ(key_fetches(), 2u);
  for (int i = 0; i < 5; ++i) {
    ExpectRefused(rsa_->Sign(R"({"alg":"RS256","kid":"three"})", Claims()), "does not list");
  }
  EXPECT_EQ(key_fetches(), 2u);
  harness_.clock.Advance(absl::Minutes(1));
  ExpectRefused(rsa_->Sign(R"({"alg":"RS256","kid":"three"})", Claims()), "does not list");
  EXPECT_EQ(key_fetches(), 3u);
}

TEST_F(IdTokenVerifierTest, WithoutAKeyIdThereMustBeOneKey) {
  const std::string token = rsa_->Sign(R"({"alg":"RS256"})", Claims());
  EXPECT_THAT(Verify(token), IsOk());
  harness_.clock.Advance(absl::Minutes(2));
  ListKeys(absl::StrCat(rsa_->PublicJwk(), ",", other_->PublicJwk()));
  harness_.clock.Advance(absl::Hours(1));
  ExpectRefused(rsa_->Sign(R"({"alg":"RS256"})", Claims()), "by which key");
}

TEST_F(IdTokenVerifierTest, RefusesWhatIsNoToken) {
  const std::string good = rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims());
  for (const std::string& token :
       {std::string(), std::string("x"), std::string("a.b"), std::string("..."), good + ".x",
        good + "=", " " + good, std::string(70000, 'a'),
        absl::StrCat(Base64Url("[]"), ".", Base64Url("{}"), ".x"),
        absl::StrCat(Base64Url(R"({"alg":7})"), ".", Base64Url("{}"), ".x"),
        absl::StrCat(Base64Url(R"({"alg":"RS256","kid":7})"), ".", Base64Url("{}"), ".x"),
        absl::StrCat(Base64Url(R"({"alg":"RS256","alg":"none"})"), ".", Base64Url("{}"), ".x"),
        absl::StrCat(Base64Url(R"({"alg":"RS256","crit":["b64"],"b64":false})"), ".",
                     Base64Url("{}"), ".x")}) {
    ExpectRefused(token, "not a signed token");
  }
}

TEST_F(IdTokenVerifierTest, RefusesClaimsThatAreUnsoundOrWrong) {
  const std::string header = R"({"alg":"RS256","kid":"one"})";
  ExpectRefused(rsa_->Sign(header, "no json"), "not proper JSON");
  ExpectRefused(rsa_->Sign(header, Claims(R"(,"sub":"user-2")")), "not proper JSON");
  const std::string late = rsa_->Sign(header, Claims());
  harness_.clock.Advance(absl::Minutes(10));
  ExpectRefused(late, "expired");
}

TEST_F(IdTokenVerifierTest, AProviderThatIsDownIsNoVerdictOnTheToken) {
  harness_.http.On(kKeysUrl, JsonReply(503, ""));
  EXPECT_THAT(Verify(rsa_->Sign(R"({"alg":"RS256","kid":"one"})", Claims())),
              HasReason(v1::ERROR_REASON_PROVIDER_UNAVAILABLE));
}

}  // namespace
}  // namespace evertoken
