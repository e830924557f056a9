#include "server/cases/case_id_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/cases/case_key.h"
#include "server/provider/jws.h"
#include "tests/cases/one_case.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Time kNow = absl::FromUnixSeconds(1900000000);

ProviderCase Described(const std::string& id_token) {
  return OneCase("{action: id_token, id_token: " + id_token + ", expect: {error: X}}");
}

TEST(CaseIdTokenTest, IsSignedByTheKeyThatTheProviderShows) {
  const absl::StatusOr<Secret> signed_token =
      SignedIdToken(Described(R"({claims: '{"sub":"u1"}'})"), kNow);
  ASSERT_THAT(signed_token.status(), IsOk());
  EXPECT_TRUE(IsSignedBy(signed_token->Reveal(), CaseKey::Get().public_jwk()));
  EXPECT_THAT(CaseKey::Get().Jwks(), HasSubstr(CaseKey::Get().public_jwk()));
  const std::optional<ParsedJws> jws = ParseJws(signed_token->Reveal());
  ASSERT_TRUE(jws.has_value());
  EXPECT_EQ(jws->key_id, "case-key");
  EXPECT_EQ(jws->payload, R"({"sub":"u1","iat":1900000000,"exp":1900000300})");
}

TEST(CaseIdTokenTest, OrByTheClientsSecret) {
  const absl::StatusOr<Secret> signed_token = SignedIdToken(
      Described(R"({algorithm: HS256, claims: '{"sub":"u1"}', age: 10m, life: 9m})"), kNow);
  ASSERT_THAT(signed_token.status(), IsOk());
  EXPECT_TRUE(IsSignedBySecret(signed_token->Reveal(), "case-secret"));
  EXPECT_FALSE(IsSignedBySecret(signed_token->Reveal(), "other-secret"));
  EXPECT_EQ(ParseJws(signed_token->Reveal())->payload,
            R"({"sub":"u1","iat":1899999400,"exp":1899999940})");
}

TEST(CaseIdTokenTest, SaysWhatIsWrongInTheCase) {
  EXPECT_THAT(SignedIdToken(Described("{claims: 'u1'}"), kNow).status(), Not(IsOk()));
  EXPECT_THAT(SignedIdToken(Described("{claims: '{}'}"), kNow).status(), Not(IsOk()));
  EXPECT_THAT(
      SignedIdToken(Described(R"({algorithm: none, claims: '{"sub":"u1"}'})"), kNow).status(),
      Not(IsOk()));
}

}  // namespace
}  // namespace evertoken
