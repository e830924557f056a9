#include "server/broker/renewed_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using storage::v1::Grant;

std::string IdTokenWith(const std::string& claims) {
  return absl::StrCat(absl::WebSafeBase64Escape(R"({"alg":"RS256"})"), ".",
                      absl::WebSafeBase64Escape(claims), ".c2lnbmF0dXJl");
}

std::string IdTokenOf(const std::string& subject) {
  return IdTokenWith(absl::StrCat(R"({"sub":")", subject, R"("})"));
}

Grant GrantOf(const std::string& subject, const std::string& access_token,
              const std::string& id_token) {
  Grant grant;
  grant.set_subject(subject);
  grant.mutable_tokens()->set_access_token(access_token);
  grant.mutable_tokens()->set_id_token(id_token);
  return grant;
}

class RenewedTokensTest : public testing::Test {
 protected:
  RenewedTokensTest() { entry.set_issuer("https://idp.test"); }

  absl::Status Judge(const std::string& access_token, const std::string& id_token) const {
    return JudgeAtHand(entry, before, GrantOf(before.subject(), access_token, id_token));
  }

  config::v1::Provider entry;
  Grant before = GrantOf("user-1", "access-1", IdTokenOf("user-1"));
};

TEST_F(RenewedTokensTest, TheUsersOwnPass) {
  EXPECT_THAT(Judge("access-2", IdTokenWith(R"({"sub":"user-1","iat":2})")), IsOk());
}

TEST_F(RenewedTokensTest, AReplyMayLeaveTheIdTokenOut) {
  for (const std::string& id_token : {before.tokens().id_token(), std::string()}) {
    EXPECT_FALSE(HasNewIdToken(entry, before, GrantOf("user-1", "access-2", id_token)));
    EXPECT_THAT(Judge("access-2", id_token), IsOk());
  }
}

TEST_F(RenewedTokensTest, AnotherUsersAreRefused) {
  EXPECT_THAT(Judge("access-2", IdTokenOf("user-2")),
              HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

TEST_F(RenewedTokensTest, AnIdTokenThatNamesNobodyIsRefused) {
  for (const std::string& id_token :
       {std::string("a.b.c"), IdTokenWith("{}"), IdTokenWith(R"({"sub":""})"),
        IdTokenWith(R"({"sub":["user-1"]})"), IdTokenWith("sub"),
        IdTokenWith(R"({"sub":"user-2","sub":"user-1"})")}) {
    EXPECT_THAT(Judge("access-2", id_token), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID))
        << id_token;
  }
}

TEST_F(RenewedTokensTest, AMissingAccessTokenIsRefused) {
  EXPECT_THAT(Judge("", IdTokenOf("user-1")), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
}

TEST_F(RenewedTokensTest, WhoseIdentityIsInDoubtNeedsAnIdToken) {
  before.mutable_renewal()->set_identity_unproven(true);
  EXPECT_THAT(Judge("access-2", ""), HasReason(v1::ERROR_REASON_PROVIDER_REPLY_INVALID));
  EXPECT_THAT(Judge("access-2", IdTokenWith(R"({"sub":"user-1","iat":2})")), IsOk());
}

TEST_F(RenewedTokensTest, AGrantWithoutASubjectTakesAnyUser) {
  before.clear_subject();
  EXPECT_THAT(Judge("access-2", IdTokenOf("user-2")), IsOk());
}

// Whatever stands in `id_token` there, nobody could verify it.
TEST_F(RenewedTokensTest, AProviderWithoutAnIssuerProvesNothingByIdTokens) {
  entry.clear_issuer();
  EXPECT_FALSE(HasNewIdToken(entry, before, GrantOf("user-1", "access-2", "a.b.c")));
  EXPECT_THAT(Judge("access-2", "a.b.c"), IsOk());
}

}  // namespace
}  // namespace evertoken
