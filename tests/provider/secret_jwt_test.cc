#include "server/provider/secret_jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/provider/binding_values.h"
#include "server/provider/json_document.h"
#include "server/provider/jws.h"
#include "server/provider/signing_key.h"
#include "tests/fakes/status_matchers.h"
#include "tests/provider/provider_harness.h"
#include "tests/provider/test_key.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kEntry[] = R"(
    instance_parameters: {team: {pattern: '[A-Z0-9]+'}, key: {}}
    client_authentication:
      kind: jwt_as_secret
      jwt: {issuer: "{instance:team}", audience: "https://aud.test", key_id: "{instance:key}"}
)";

struct Fixture {
  Fixture() : harness(kEntry) {
    harness.client.set_client_secret(key.pem);
    (*harness.client.mutable_instance())["team"] = "TEAM1";
    (*harness.client.mutable_instance())["key"] = "KEY1";
  }

  std::string Sign() {
    const auto made = signer.For(harness.acme);
    EXPECT_THAT(made, IsOk());
    return made.ok() ? made->Reveal() : "";
  }

  TestKey key = TestKey::P256();
  ProviderHarness harness;
  SecretJwtSigner signer{&harness.clock};
};

TEST(SecretJwtTest, IsSignedByTheAppsKey) {
  Fixture fixture;
  const std::string jwt = fixture.Sign();
  EXPECT_TRUE(IsSignedBy(jwt, fixture.key.public_jwk));
  EXPECT_FALSE(IsSignedBy(jwt, TestKey::P256().public_jwk));
  const auto parsed = ParseJws(jwt);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->algorithm, "ES256");
  EXPECT_EQ(parsed->key_id, "KEY1");
  const auto claims = JsonDocument::Parse(parsed->payload);
  ASSERT_NE(claims, nullptr);
  EXPECT_EQ(claims->root().At("/iss").Text(), "TEAM1");
  EXPECT_EQ(claims->root().At("/aud").Text(), "https://aud.test");
  EXPECT_EQ(claims->root().At("/sub").Text(), "our-client");
  const auto now = static_cast<double>(absl::ToUnixSeconds(fixture.harness.clock.Now()));
  EXPECT_EQ(claims->root().At("/iat").StrictNumber(), now);
  EXPECT_EQ(claims->root().At("/exp").StrictNumber(), now + 300);
}

TEST(SecretJwtTest, OneServesForHalfOfItsLife) {
  Fixture fixture;
  const std::string first = fixture.Sign();
  fixture.harness.clock.Advance(absl::Seconds(149));
  EXPECT_EQ(fixture.Sign(), first);
  fixture.harness.clock.Advance(absl::Seconds(1));
  EXPECT_NE(fixture.Sign(), first);
}

TEST(SecretJwtTest, AnotherKeyOrClientGetsAnother) {
  Fixture fixture;
  const std::string first = fixture.Sign();
  fixture.harness.client.set_client_id("native");
  EXPECT_THAT(ParseJws(fixture.Sign())->payload, HasSubstr("\"native\""));
  fixture.harness.client.set_client_id("our-client");
  EXPECT_EQ(fixture.Sign(), first);
  const TestKey other = TestKey::P256();
  fixture.harness.client.set_client_secret(other.pem);
  EXPECT_TRUE(IsSignedBy(fixture.Sign(), other.public_jwk));
}

TEST(SecretJwtTest, WhatCannotSignIsToldBeforehandAndNeverRepeated) {
  Fixture fixture;
  EXPECT_THAT(CheckInstance(*fixture.harness.acme.entry, fixture.harness.client), IsOk());
  for (const std::string& bad :
       {std::string(), std::string("s3cr&t"), TestKey::Rsa().pem, TestKey::P384().pem,
        fixture.key.pem.substr(0, fixture.key.pem.size() / 2)}) {
    fixture.harness.client.set_client_secret(bad);
    const absl::Status checked = CheckInstance(*fixture.harness.acme.entry, fixture.harness.client);
    EXPECT_THAT(checked.message(), HasSubstr("client_secret must be a private key for ES256"));
    const auto made = fixture.signer.For(fixture.harness.acme);
    EXPECT_THAT(made, HasReason(v1::ERROR_REASON_PROVIDER_MISCONFIGURED));
    EXPECT_THAT(made.status().message(), Not(HasSubstr("s3cr&t")));
  }
}

TEST(SecretJwtTest, TheKeyItselfGoesNowhere) {
  Fixture fixture;
  EXPECT_EQ(BindingValues(fixture.harness.acme)("client_secret"), std::nullopt);
}

}  // namespace
}  // namespace evertoken
