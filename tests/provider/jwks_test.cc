#include "server/provider/jwks.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

const std::string& Modulus() {
  static const auto* const kModulus = new std::string(342, 'n');
  return *kModulus;
}

std::string Rsa(absl::string_view more) {
  return absl::StrCat(R"({"kty":"RSA","n":")", Modulus(), R"(","e":"AQAB")", more, "}");
}

size_t Count(const std::string& keys, absl::string_view algorithm, absl::string_view key_id) {
  const auto document = JsonDocument::Parse(absl::StrCat(R"({"keys":[)", keys, "]}"));
  EXPECT_NE(document, nullptr) << keys;
  return FindSigningKeys(document->root(), algorithm, key_id).size();
}

TEST(JwksTest, FindsByKeyIdTypeAndUse) {
  EXPECT_EQ(Count(Rsa(R"(,"kid":"a")"), "RS256", "a"), 1u);
  EXPECT_EQ(
      Count(Rsa(R"(,"kid":"a","use":"sig","alg":"RS256","key_ops":["verify"])"), "RS256", "a"), 1u);
  EXPECT_EQ(Count(Rsa(R"(,"kid":"a")"), "PS256", "a"), 1u);
  EXPECT_EQ(Count(Rsa(R"(,"kid":"a")") + "," + Rsa(R"(,"kid":"b")"), "RS256", ""), 2u);
  EXPECT_EQ(Count(R"({"kty":"EC","crv":"P-256","x":"xx","y":"yy"})", "ES256", ""), 1u);
}

TEST(JwksTest, LeavesOutWhatMustNotVerify) {
  EXPECT_EQ(Count(Rsa(R"(,"kid":"a")"), "RS256", "b"), 0u);
  EXPECT_EQ(Count(Rsa(R"(,"kid":"a","use":"enc")"), "RS256", "a"), 0u);
  EXPECT_EQ(Count(Rsa(R"(,"kid":"a","alg":"RS512")"), "RS256", "a"), 0u);
  EXPECT_EQ(Count(Rsa(R"(,"kid":"a","key_ops":["encrypt"])"), "RS256", "a"), 0u);
  EXPECT_EQ(Count(Rsa(""), "ES256", ""), 0u);
  EXPECT_EQ(Count(Rsa(""), "HS256", ""), 0u);
  EXPECT_EQ(Count(Rsa(""), "none", ""), 0u);
  EXPECT_EQ(Count(R"({"kty":"oct","k":"c2VjcmV0"})", "HS256", ""), 0u);
  EXPECT_EQ(Count(R"({"kty":"RSA","n":"short","e":"AQAB"})", "RS256", ""), 0u);
  EXPECT_EQ(Count(R"({"kty":"EC","crv":"P-384","x":"xx","y":"yy"})", "ES256", ""), 0u);
  EXPECT_EQ(Count(R"(7,"x",null,{},[])", "RS256", ""), 0u);
}

// The JOSE library would end the process over the last of them.
TEST(JwksTest, LeavesOutKeysWhoseNumbersAreNoBase64Url) {
  for (const char* bad : {"", "AQA=", "A+AB", "AQ AB", "AQABA"}) {
    EXPECT_EQ(Count(absl::StrCat(R"({"kty":"RSA","n":")", Modulus(), R"(","e":")", bad, R"("})"),
                    "RS256", ""),
              0u)
        << bad;
    EXPECT_EQ(Count(absl::StrCat(R"({"kty":"EC","crv":"P-256","x":"xx","y":")", bad, R"("})"),
                    "ES256", ""),
              0u)
        << bad;
  }
  EXPECT_EQ(
      Count(absl::StrCat(R"({"kty":"RSA","e":"AQAB","n":")", Modulus(), R"(nnn"})"), "RS256", ""),
      0u);
}

TEST(JwksTest, PassesPublicMembersOnAndBoundsTheirNumber) {
  const auto document =
      JsonDocument::Parse(absl::StrCat(R"({"keys":[)", Rsa(R"(,"d":"private","x5c":["c"])"), "]}"));
  EXPECT_EQ(FindSigningKeys(document->root(), "RS256", "")[0].find("private"), std::string::npos);
  std::string many = Rsa("");
  for (int i = 0; i < 20; ++i) absl::StrAppend(&many, ",", Rsa(""));
  EXPECT_EQ(Count(many, "RS256", ""), 4u);
}

}  // namespace
}  // namespace evertoken
