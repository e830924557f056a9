#include "tests/demo/grant_book.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken::demo {
namespace {

constexpr char kRedirectUri[] = "http://localhost/callback";
// Appendix B of RFC 7636.
constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

class GrantBookTest : public testing::Test {
 protected:
  std::string Code() {
    return book_.IssueCode({"ada", kRedirectUri, "openid", "nonce", kChallenge});
  }

  FakeClock clock_;
  GrantBook book_{GrantBook::Settings{}, &clock_};
};

TEST_F(GrantBookTest, ACodeIsRedeemedOnce) {
  const std::string code = Code();
  const std::optional<CodeGrant> grant = book_.RedeemCode(code, kRedirectUri, kVerifier);
  ASSERT_TRUE(grant.has_value());
  EXPECT_EQ(grant->user, "ada");
  EXPECT_EQ(grant->nonce, "nonce");
  EXPECT_FALSE(book_.RedeemCode(code, kRedirectUri, kVerifier).has_value());
}

TEST_F(GrantBookTest, ACodeThatComesBackEndsWhatItGave) {
  const std::string code = Code();
  ASSERT_TRUE(book_.RedeemCode(code, kRedirectUri, kVerifier).has_value());
  const IssuedTokens tokens = book_.Issue("ada", "openid", code);
  EXPECT_EQ(book_.UserOf(tokens.access_token), "ada");
  EXPECT_FALSE(book_.RedeemCode(code, kRedirectUri, kVerifier).has_value());
  EXPECT_FALSE(book_.UserOf(tokens.access_token).has_value());
  EXPECT_FALSE(book_.Refresh(tokens.refresh_token).has_value());
}

TEST_F(GrantBookTest, ACodeIsBoundToItsRequest) {
  EXPECT_FALSE(book_.RedeemCode(Code(), "http://localhost/callback/", kVerifier).has_value());
  EXPECT_FALSE(book_.RedeemCode(Code(), kRedirectUri, "wrong").has_value());
  EXPECT_FALSE(book_.RedeemCode(Code(), kRedirectUri, "").has_value());
}

TEST_F(GrantBookTest, ACodeLivesForAMinute) {
  const std::string code = Code();
  clock_.Advance(absl::Seconds(60));
  EXPECT_FALSE(book_.RedeemCode(code, kRedirectUri, kVerifier).has_value());
}

TEST_F(GrantBookTest, RotationGoesOn) {
  const IssuedTokens first = book_.Issue("ada", "openid");
  const std::optional<IssuedTokens> second = book_.Refresh(first.refresh_token);
  ASSERT_TRUE(second.has_value());
  EXPECT_NE(second->refresh_token, first.refresh_token);
  EXPECT_NE(second->access_token, first.access_token);
  EXPECT_TRUE(book_.Refresh(second->refresh_token).has_value());
  EXPECT_EQ(book_.Presentations(first.refresh_token), 1);
}

TEST_F(GrantBookTest, ReuseEndsTheFamilyAndNoOther) {
  const IssuedTokens other = book_.Issue("ada", "openid");
  const IssuedTokens first = book_.Issue("ada", "openid");
  const std::optional<IssuedTokens> second = book_.Refresh(first.refresh_token);
  ASSERT_TRUE(second.has_value());
  EXPECT_FALSE(book_.Refresh(first.refresh_token).has_value());
  EXPECT_EQ(book_.Presentations(first.refresh_token), 2);
  EXPECT_FALSE(book_.Refresh(second->refresh_token).has_value());
  EXPECT_FALSE(book_.UserOf(second->access_token).has_value());
  EXPECT_EQ(book_.UserOf(other.access_token), "ada");
  EXPECT_TRUE(book_.Refresh(other.refresh_token).has_value());
}

TEST_F(GrantBookTest, WithoutRotationTheTokenStays) {
  GrantBook book({absl::Minutes(1), /*rotate=*/false}, &clock_);
  const IssuedTokens first = book.Issue("ada", "openid");
  for (int i = 0; i < 3; ++i) {
    const std::optional<IssuedTokens> next = book.Refresh(first.refresh_token);
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(next->refresh_token, "");
    EXPECT_EQ(book.UserOf(next->access_token), "ada");
  }
  EXPECT_EQ(book.Presentations(first.refresh_token), 3);
}

TEST_F(GrantBookTest, AccessTokensExpire) {
  const IssuedTokens tokens = book_.Issue("ada", "openid");
  clock_.Advance(tokens.expires_in - absl::Seconds(1));
  EXPECT_EQ(book_.UserOf(tokens.access_token), "ada");
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(book_.UserOf(tokens.access_token).has_value());
  EXPECT_TRUE(book_.Refresh(tokens.refresh_token).has_value());
}

TEST_F(GrantBookTest, RevocationByEitherTokenEndsTheFamily) {
  const IssuedTokens first = book_.Issue("ada", "openid");
  book_.Revoke(first.access_token);
  EXPECT_FALSE(book_.Refresh(first.refresh_token).has_value());
  const IssuedTokens second = book_.Issue("ada", "openid");
  book_.Revoke(second.refresh_token);
  EXPECT_FALSE(book_.UserOf(second.access_token).has_value());
  book_.Revoke("unknown");
}

TEST_F(GrantBookTest, AUserWithdrawsEverything) {
  const IssuedTokens ada = book_.Issue("ada", "openid");
  const IssuedTokens bob = book_.Issue("bob", "openid");
  book_.RevokeUser("ada");
  EXPECT_FALSE(book_.Refresh(ada.refresh_token).has_value());
  EXPECT_TRUE(book_.Refresh(bob.refresh_token).has_value());
}

}  // namespace
}  // namespace evertoken::demo
