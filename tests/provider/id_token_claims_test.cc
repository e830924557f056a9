#include "server/provider/id_token_claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNow = 1900000000;

class IdTokenClaimsTest : public ::testing::Test {
 protected:
  IdTokenClaimsTest() {
    expected_.issuers = {"https://acme.test"};
    expected_.client_ids = {"our-client"};
    expected_.nonce = Secret("n0nce");
    expected_.now = absl::FromUnixSeconds(kNow);
    expected_.leeway = absl::Seconds(60);
  }

  // The good claims with some members (JSON) changed; an empty value removes one.
  absl::Status Check(const std::map<std::string, std::string>& changes) const {
    std::map<std::string, std::string> claims = {
        {"iss", R"("https://acme.test")"}, {"sub", R"("user-1")"},      {"aud", R"("our-client")"},
        {"exp", absl::StrCat(kNow + 300)}, {"iat", absl::StrCat(kNow)}, {"nonce", R"("n0nce")"},
    };
    for (const auto& [name, value] : changes) claims[name] = value;
    std::string json;
    for (const auto& [name, value] : claims) {
      if (!value.empty())
        absl::StrAppend(&json, json.empty() ? "{" : ",", "\"", name, "\":", value);
    }
    const auto document = JsonDocument::Parse(json + "}");
    EXPECT_NE(document, nullptr) << json;
    return CheckIdTokenClaims(document->root(), expected_);
  }

  void ExpectFailure(const std::map<std::string, std::string>& changes, const char* what) const {
    EXPECT_THAT(Check(changes), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what)))
        << absl::StrJoin(changes, ",", absl::PairFormatter("="));
  }

  IdTokenExpectation expected_;
};

TEST_F(IdTokenClaimsTest, AcceptsGoodClaims) {
  EXPECT_THAT(Check({}), IsOk());
  EXPECT_THAT(Check({{"aud", R"(["our-client"])"}}), IsOk());
  EXPECT_THAT(Check({{"aud", R"(["other","our-client"])"}, {"azp", R"("our-client")"}}), IsOk());
  EXPECT_THAT(Check({{"exp", absl::StrCat(kNow - 59)}}), IsOk());
  EXPECT_THAT(Check({{"iat", absl::StrCat(kNow + 60)}, {"nbf", absl::StrCat(kNow + 60)}}), IsOk());
}

TEST_F(IdTokenClaimsTest, RefusesAnotherIssuer) {
  for (const char* issuer : {"", R"("https://evil.test")", R"("https://acme.test/")", R"("")", "7",
                             R"(["https://acme.test"])"}) {
    ExpectFailure({{"iss", issuer}}, "issuer");
  }
}

TEST_F(IdTokenClaimsTest, RefusesAnotherAudience) {
  for (const char* audience : {"", R"("other")", R"([])", R"(["other"])", R"([["our-client"]])",
                               "null", R"("our-client ")"}) {
    ExpectFailure({{"aud", audience}}, "audience");
  }
  ExpectFailure({{"aud", R"(["our-client","other"])"}}, "party");
  ExpectFailure({{"azp", R"("other")"}}, "party");
  ExpectFailure({{"azp", "7"}}, "party");
}

TEST_F(IdTokenClaimsTest, RefusesWrongTimes) {
  ExpectFailure({{"exp", absl::StrCat(kNow - 60)}}, "expired");
  ExpectFailure({{"exp", ""}}, "no expiry");
  ExpectFailure({{"exp", absl::StrCat("\"", kNow + 300, "\"")}}, "no expiry");
  ExpectFailure({{"exp", "-1"}}, "no expiry");
  ExpectFailure({{"exp", "1e300"}}, "no expiry");
  ExpectFailure({{"iat", ""}}, "no issue time");
  ExpectFailure({{"iat", absl::StrCat(kNow + 61)}}, "in the future");
  ExpectFailure({{"nbf", absl::StrCat(kNow + 61)}}, "not valid yet");
  ExpectFailure({{"nbf", R"("soon")"}}, "not valid yet");
}

TEST_F(IdTokenClaimsTest, RefusesAnotherNonce) {
  for (const char* nonce : {"", R"("other")", R"("")", R"("n0nce ")", "null"})
    ExpectFailure({{"nonce", nonce}}, "nonce");
  expected_.nonce = Secret();
  EXPECT_THAT(Check({{"nonce", ""}}), IsOk());
}

TEST_F(IdTokenClaimsTest, RefusesAMissingOrEndlessSubject) {
  for (const std::string& subject : {std::string(), std::string(R"("")"), std::string("7"),
                                     absl::StrCat("\"", std::string(256, 'x'), "\"")}) {
    ExpectFailure({{"sub", subject}}, "subject");
  }
}

TEST_F(IdTokenClaimsTest, ATemplateTakesClaimsThatAreOnePartOfAPath) {
  expected_.issuers.clear();
  expected_.issuer_template = "https://acme.test/{tid}/v2";
  EXPECT_THAT(Check({{"iss", R"("https://acme.test/t-1/v2")"}, {"tid", R"("t-1")"}}), IsOk());
  ExpectFailure({{"iss", R"("https://acme.test/t-1/v2")"}, {"tid", R"("t-2")"}}, "issuer");
  ExpectFailure({{"iss", R"("https://acme.test/t-1/v2")"}}, "issuer");
  ExpectFailure({{"iss", R"("https://acme.test/a/b/v2")"}, {"tid", R"("a/b")"}}, "issuer");
  ExpectFailure({{"iss", R"("https://acme.test/../v2")"}, {"tid", R"("..")"}}, "issuer");
}

TEST_F(IdTokenClaimsTest, RefusesWhatIsNoObject) {
  EXPECT_FALSE(CheckIdTokenClaims(JsonDocument::Parse("[]")->root(), expected_).ok());
}

}  // namespace
}  // namespace evertoken
