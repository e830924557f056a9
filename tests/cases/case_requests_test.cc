#include "server/cases/case_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/cases/case_key.h"
#include "server/provider/signing_key.h"
#include "tests/cases/one_case.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Time kNow = absl::FromUnixSeconds(1900000000);

HttpRequest Sent(const std::string& url, const std::string& body = "") {
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.body = body;
  request.headers = {{"X-Name", "value"}};
  return request;
}

// What is wrong with these requests by the members of a case.
std::vector<std::string> FindingsOf(const std::string& members,
                                    const std::vector<HttpRequest>& sent,
                                    const config::v1::Provider& entry = {}) {
  const ProviderCase played = OneCase("{action: renew, " + members + "}");
  ScriptedProvider provider(played);
  for (const HttpRequest& request : sent) EXPECT_THAT(provider.Answer(request).status(), IsOk());
  CaseFailures failures;
  CheckRequests(played, entry, provider, kNow, &failures);
  return failures.all();
}

// The same by the `requests` of a case that answers at https://a.test/.
std::vector<std::string> Findings(const std::vector<HttpRequest>& sent,
                                  const std::string& expected) {
  return FindingsOf(
      "replies: [{url: 'https://a.test/'}], expect: {error: X, requests: " + expected + "}", sent);
}

TEST(CaseRequestsTest, WhatWasSentMustBeAsDescribed) {
  const std::vector<HttpRequest> sent = {Sent("https://a.test/?q=1", "f=2")};
  EXPECT_THAT(Findings(sent,
                       "[{url: 'https://a.test/', method: POST, query: {q: 1}, form: {f: 2}, body: "
                       "'f=2', headers: {x-name: value}}]"),
              IsEmpty());
  EXPECT_THAT(Findings(sent,
                       "[{url: 'https://a.test/', method: GET, query: {q: 2}, form: {g: 2}, body: "
                       "x, headers: {X-Other: value}}]"),
              ElementsAre("method is `POST`, not `GET`", "form lacks g", "query.q is `1`, not `2`",
                          "header X-Other is ``, not `value`", "body is `f=2`, not `x`"));
}

TEST(CaseRequestsTest, OnceIsOnceAndTwiceIsTwice) {
  const std::string once = "[{url: 'https://a.test/', method: POST}]";
  const std::vector<HttpRequest> twice = {Sent("https://a.test/"), Sent("https://a.test/", "f=1")};
  EXPECT_THAT(Findings({}, once), ElementsAre("nothing asked for the reply of https://a.test/",
                                              "0 requests in place of 1 to https://a.test/"));
  EXPECT_THAT(Findings(twice, once), ElementsAre("2 requests in place of 1 to https://a.test/"));
  EXPECT_THAT(Findings(twice,
                       "[{url: 'https://a.test/', method: POST}, {url: 'https://a.test/', method: "
                       "POST, form: {f: 2}}]"),
              ElementsAre("form.f is `1`, not `2`"));
}

TEST(CaseRequestsTest, WhatIsSentMustBeListedUnlessItIsAlwaysAnswered) {
  const std::vector<HttpRequest> sent = {Sent("https://a.test/?q=1")};
  EXPECT_THAT(Findings(sent, "[]"), ElementsAre("a request is not listed: POST https://a.test/"));
  EXPECT_THAT(FindingsOf("replies: [{url: 'https://a.test/'}], expect: {error: X}", sent),
              IsEmpty());
  CaseFile file = ParseCaseFile("acme", "acme.yaml", R"(
always: [{url: 'https://a.test/'}, {url: 'https://b.test/'}]
cases: [{action: renew, expect: {error: X, requests: []}}]
)");
  ASSERT_EQ(file.cases.size(), 1u);
  ScriptedProvider provider(file.cases[0]);
  EXPECT_THAT(provider.Answer(sent[0]).status(), IsOk());
  CaseFailures failures;
  CheckRequests(file.cases[0], config::v1::Provider(), provider, kNow, &failures);
  EXPECT_THAT(failures.all(), IsEmpty());
}

TEST(CaseRequestsTest, NoUrlHoldsASecret) {
  EXPECT_THAT(FindingsOf("replies: [{url: 'https://a.test/'}], expect: {error: X}",
                         {Sent("https://a.test/?t=access-1")}),
              ElementsAre("a URL holds a secret: https://a.test/?t=access-1"));
}

std::string Jwt(const std::string& claims) {
  return SignEs256(CaseKey::Get().pem(), R"({"alg":"ES256","kid":"k1"})", claims)->Reveal();
}

TEST(CaseRequestsTest, ASecretThatIsAJwtIsLookedInto) {
  const std::string jwt = Jwt(R"({"iss":"us","exp":1900000300})");
  const std::vector<HttpRequest> sent = {Sent("https://a.test/", absl::StrCat("secret=", jwt))};
  const auto expected = [](const std::string& parameter, const std::string& jwt_is) {
    return absl::StrCat("[{url: 'https://a.test/', method: POST, jwt: {parameter: ", parameter,
                        ", ", jwt_is, "}}]");
  };
  EXPECT_THAT(Findings(sent, expected("secret", "key_id: k1, claims: {iss: us}, life: 5m")),
              IsEmpty());
  EXPECT_THAT(Findings(sent, expected("secret", "key_id: k2, claims: {iss: you}, life: 6m")),
              ElementsAre("jwt key_id is `k1`, not `k2`", "jwt iss is `us`, not `you`",
                          "jwt life is `5m`, not `6m`"));
  EXPECT_THAT(Findings(sent, expected("other", "key_id: k1, life: 5m")),
              ElementsAre("jwt: there is none"));
  const std::vector<HttpRequest> forged = {
      Sent("https://a.test/", absl::StrCat("secret=", jwt.substr(0, jwt.size() - 4), "AAAA"))};
  EXPECT_THAT(Findings(forged, expected("secret", "key_id: k1, life: 5m")),
              ElementsAre("jwt: wrong signature"));
}

}  // namespace
}  // namespace evertoken
