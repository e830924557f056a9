// Codes, ID tokens and the keys that sign them.
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/secret.h"
#include "server/provider/json_document.h"
#include "server/provider/pkce.h"
#include "tests/hostile_provider/engine_fixture.h"
#include "tests/hostile_provider/spoil.h"

namespace evertoken::hostile {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string ClaimsOf(const std::string& id_token) {
  const std::vector<std::string> parts = absl::StrSplit(id_token, '.');
  std::string claims;
  absl::WebSafeBase64Unescape(parts.size() == 3 ? parts[1] : "", &claims);
  return claims;
}

class EngineLoginTest : public EngineTest {
 protected:
  std::string Code() { return *provider_.NewCode(consent_, now_); }
  ProviderReply Redeem(const std::string& code) {
    return provider_.Redeem(code, "http://localhost/callback", verifier_.Reveal(), now_, {});
  }

  const Secret verifier_ = NewCodeVerifier();
  HostileProvider::Consent consent_ = {.policy = {},
                                       .user = "grace",
                                       .redirect_uri = "http://localhost/callback",
                                       .nonce = "n-1",
                                       .code_challenge = CodeChallenge(verifier_)};
};

TEST_F(EngineLoginTest, ACodeBringsAFamilyAndAnIdToken) {
  const ProviderReply reply = Redeem(Code());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Member(reply.body, "refresh_token"), provider_.book().families()[0].refresh_token);
  const std::string claims = ClaimsOf(Member(reply.body, "id_token"));
  EXPECT_EQ(Member(claims, "iss"), "https://hostile.test");
  EXPECT_EQ(Member(claims, "aud"), "evertoken");
  EXPECT_EQ(Member(claims, "sub"), "grace");
  EXPECT_EQ(Member(claims, "nonce"), "n-1");
  EXPECT_EQ(Member(claims, "iat"), "1900000000");
}

TEST_F(EngineLoginTest, ACodeThatComesTwiceEndsItsFamily) {
  const std::string code = Code();
  Redeem(code);
  EXPECT_EQ(Member(Redeem(code).body, "error"), "invalid_grant");
  EXPECT_EQ(provider_.book().families()[0].end, FamilyEnd::kReuse);
}

TEST_F(EngineLoginTest, ACodeIsBoundToItsRequest) {
  EXPECT_EQ(Redeem("unknown").status, 400);
  EXPECT_EQ(provider_.Redeem(Code(), "http://localhost/callback", "other", now_, {}).status, 400);
  EXPECT_EQ(provider_.Redeem(Code(), "http://localhost/", verifier_.Reveal(), now_, {}).status,
            400);
  const std::string code = Code();
  now_ += absl::Minutes(1);
  EXPECT_EQ(Redeem(code).status, 400) << "too late";
  EXPECT_THAT(provider_.book().families(), IsEmpty());
}

TEST_F(EngineLoginTest, ARefreshMayBringAnIdToken) {
  FamilyPolicy policy;
  policy.id_token_at_refresh = true;
  const std::string claims = ClaimsOf(Member(Present(Family(policy), {}).body, "id_token"));
  EXPECT_EQ(Member(claims, "sub"), "ada");
  EXPECT_EQ(Member(claims, "nonce"), "");
}

TEST_F(EngineLoginTest, AWrongClockShowsInWhatIsSaidAndNotInWhatIsDone) {
  provider_.SetClockSkew(absl::Minutes(10));
  const std::string code = Code();
  now_ += absl::Seconds(59);
  const ProviderReply reply = Redeem(code);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Member(ClaimsOf(Member(reply.body, "id_token")), "iat"), "1900000659");
  EXPECT_EQ(HeaderOf(reply, "date"), HttpDate(now_ + absl::Minutes(10)));
  EXPECT_EQ(Member(reply.body, "expires_in"), "3600");
}

TEST_F(EngineLoginTest, KeysRotateWithAndWithoutTheOldOnes) {
  const auto key_ids = [this] {
    std::vector<std::string> ids;
    const auto document = JsonDocument::Parse(provider_.KeySet(now_, {}).body);
    for (const JsonRef& key : document->root().At("/keys").Elements())
      ids.push_back(key.At("/kid").Text().value_or(""));
    return ids;
  };
  EXPECT_THAT(key_ids(), ElementsAre("key-1"));
  provider_.RotateKeys(/*keep_old=*/true);
  EXPECT_THAT(key_ids(), ElementsAre("key-1", "key-2"));
  provider_.RotateKeys(/*keep_old=*/false);
  EXPECT_THAT(key_ids(), ElementsAre("key-3"));
  for (size_t i = 0; i < IdTokenKeys::kMostKeys; ++i) provider_.RotateKeys(/*keep_old=*/true);
  EXPECT_EQ(key_ids().size(), IdTokenKeys::kMostKeys);
}

}  // namespace
}  // namespace evertoken::hostile
