#include "server/cases/case_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> ProblemsOf(const std::string& yaml) {
  std::vector<YamlFault> faults;
  std::vector<std::string> problems;
  CheckCaseKeys(ParseYaml(yaml, &faults), [&problems](int line, const std::string& what) {
    problems.push_back(absl::StrCat(line, ": ", what));
  });
  EXPECT_THAT(faults, IsEmpty());
  return problems;
}

// The same of a file with one case, written in one line.
std::vector<std::string> ProblemsOfCase(const std::string& members) {
  return ProblemsOf("cases: [{" + members + "}]");
}

TEST(CaseKeysTest, KnowsWhatIsRead) {
  EXPECT_THAT(ProblemsOf(R"(
instance: {any: thing}
always: [{url: u, status: 200, headers: {any: thing}, body_base64: b}]
not_applicable: {login: reason}
cases:
  - situation: login
    name: a
    time: '2027-01-01T00:00:00Z'
    entry: 'x: 1'
    client: '{}'
    tokens: {access_token: access-1, cap_left: 1d, scopes: [a], kept: {any: thing}}
    id_token: {algorithm: ES256, claims: '{}', age: 1m, life: 1m}
    callback: {any: thing}
    replies: [{url: u, status: 200, headers: {any: thing}, body: b}]
    action: authorize
    expect:
      authorization: {url: u, query: {any: thing}, fragment: f}
      requests: [{url: u, method: GET, query: {any: thing}, jwt: {parameter: p, key_id: k, claims: {iss: i}, life: 1m}}]
  - {action: renew, expect: {error: X, says: y, retry_after: 1s, requests: []}}
)"),
              IsEmpty());
}

TEST(CaseKeysTest, TellsWhatNobodyReadsHoweverDeep) {
  EXPECT_THAT(ProblemsOf("a: 1"), ElementsAre("1: unknown key a"));
  EXPECT_THAT(
      ProblemsOf("cases:\n- b: 1\n  tokens: {c: 1}\n  id_token: {d: 1}\n  replies: [{url: u, e: 1}]"
                 "\n  action: renew\n  expect: {tokens: {f: 1},"
                 " requests: [{url: u, g: 1, jwt: {h: 1}}]}"),
      ElementsAre("2: unknown key b", "3: unknown key c", "4: unknown key d", "5: unknown key e",
                  "7: unknown key f", "7: unknown key g", "7: unknown key h"));
}

TEST(CaseKeysTest, AnExpectationMustFitTheAction) {
  EXPECT_THAT(ProblemsOfCase("action: renew, expect: {error: X, profile: '{}'}"),
              ElementsAre("1: unknown key profile"));
  EXPECT_THAT(ProblemsOfCase("action: profile, expect: {profile: '{}'}"), IsEmpty());
  EXPECT_THAT(ProblemsOfCase("action: keep, expect: {keeping: {limits: {h: 1}, renewals: 1}}"),
              ElementsAre("1: unknown key renewals", "1: unknown key h"));
  EXPECT_THAT(
      ProblemsOfCase("action: redeem, expect: {tokens: {secondary: {bot: {secondary: 1}}}}"),
      ElementsAre("1: unknown key secondary"));
}

TEST(CaseKeysTest, NobodyLooksForErrorsOfTheBrokersRules) {
  EXPECT_THAT(ProblemsOfCase("action: keep, expect: {keeping: {look: never}, says: x, "
                             "retry_after: 1s}"),
              ElementsAre("1: says needs an error", "1: retry_after needs an error",
                          "1: unknown key says", "1: unknown key retry_after"));
  EXPECT_THAT(ProblemsOfCase("action: keep, expect: {error: X}"),
              ElementsAre("1: unknown key error"));
  EXPECT_THAT(ProblemsOfCase("action: keep, expect: {keeping: {}}"),
              ElementsAre("1: expects nothing"));
  EXPECT_THAT(ProblemsOfCase("action: keep, expect: {keeping: {look: never, limits: {}}}"),
              ElementsAre("1: expects nothing"));
}

TEST(CaseKeysTest, AnActionAndOneOutcomeThereMustBe) {
  EXPECT_THAT(ProblemsOfCase("action: dance, expect: {error: X}"),
              ElementsAre("1: unknown action `dance`"));
  const auto one_outcome = ElementsAre("1: must expect an error or tokens, one of both");
  EXPECT_THAT(ProblemsOfCase("action: renew"), one_outcome);
  EXPECT_THAT(ProblemsOfCase("action: renew, expect: {requests: []}"), one_outcome);
  EXPECT_THAT(ProblemsOfCase("action: renew, expect: {error: '', requests: []}"), one_outcome);
  EXPECT_THAT(ProblemsOfCase("action: renew, expect: {error: X, tokens: {chain: a}}"), one_outcome);
  EXPECT_THAT(ProblemsOfCase("action: renew, expect: {tokens: {chain: a}, says: x}"),
              ElementsAre("1: says needs an error"));
}

TEST(CaseKeysTest, ALifeMustBeOne) {
  EXPECT_THAT(ProblemsOfCase("tokens: {age: 1 hour, access_left: ''}, id_token: {age: soon, life: "
                             "1m}, action: renew, expect: {error: X}"),
              ElementsAre("1: age is no duration", "1: access_left is no duration",
                          "1: age is no duration"));
}

TEST(CaseKeysTest, AnotherKindIsNotRead) {
  EXPECT_THAT(ProblemsOf("[]"), ElementsAre("1: must be a map"));
  EXPECT_THAT(ProblemsOf("cases: {a: 1}"), ElementsAre("1: must be a list"));
  EXPECT_THAT(ProblemsOf("cases: [a]"), ElementsAre("1: must be a map"));
  EXPECT_THAT(ProblemsOfCase("action: renew, expect: {error: X, requests: {url: u}}"),
              ElementsAre("1: must be a list"));
  EXPECT_THAT(ProblemsOfCase("action: renew, expect: {error: X, requests: }"),
              ElementsAre("1: must be a list"));
  EXPECT_THAT(ProblemsOfCase(
                  "action: renew, expect: {error: X, requests: [{url: u, form: [a], body: {}}]}"),
              ElementsAre("1: must be text", "1: must be a map"));
  EXPECT_THAT(ProblemsOfCase("action: renew, expect: {tokens: {scopes: a b, kept: {a: [b]}}}"),
              ElementsAre("1: must be a list", "1: must be text"));
  EXPECT_THAT(ProblemsOfCase("action: redeem, expect: {tokens: {secondary: [a]}}"),
              ElementsAre("1: must be a map"));
}

TEST(CaseKeysTest, ARequestAndAReplyHaveAUrl) {
  EXPECT_THAT(ProblemsOfCase("replies: [{body: b}], action: renew, expect: {error: X, requests: "
                             "[{method: GET}]}"),
              ElementsAre("1: needs a url", "1: needs a url"));
}

TEST(CaseKeysTest, AUrlHasOneReply) {
  EXPECT_THAT(ProblemsOfCase("replies: [{url: u}, {url: v}, {url: u}], action: renew, expect: "
                             "{error: X}"),
              ElementsAre("1: two replies for u"));
  EXPECT_THAT(ProblemsOf("always: [{url: u}, {url: u}]"), ElementsAre("1: two replies for u"));
  EXPECT_THAT(ProblemsOf("always: [{url: u}]\ncases: [{replies: [{url: u}], action: renew, expect: "
                         "{error: X}}]"),
              IsEmpty());
}

}  // namespace
}  // namespace evertoken
