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

TEST(CaseKeysTest, KnowsWhatIsRead) {
  EXPECT_THAT(ProblemsOf(R"(
situation: login
name: a
time: '2027-01-01T00:00:00Z'
entry: 'x: 1'
client: '{}'
tokens: {access_token: access-1, cap_left: 1d, kept: {any: thing}}
id_token: {algorithm: ES256, claims: '{}', age: 1m, life: 1m}
callback: {any: thing}
replies: [{url: u, status: 200, headers: {any: thing}, body: b}]
action: authorize
expect:
  error: X
  says: y
  authorization: {url: u, query: {any: thing}, fragment: f}
  requests: [{url: u, method: GET, query: {any: thing}, jwt: {parameter: p, key_id: k, claims: {iss: i}, life: 1m}}]
)"),
              IsEmpty());
}

TEST(CaseKeysTest, TellsWhatNobodyReadsHoweverDeep) {
  EXPECT_THAT(
      ProblemsOf("a: 1\ntokens: {b: 1}\nid_token: {c: 1}\nreplies: [{d: 1}]\naction: renew\n"
                 "expect: {error: X, tokens: {e: 1}, requests: [{f: 1, jwt: {g: 1}}]}"),
      ElementsAre("1: unknown key a", "2: unknown key b", "3: unknown key c", "6: unknown key e",
                  "6: unknown key f", "6: unknown key g", "4: unknown key d"));
}

TEST(CaseKeysTest, AnExpectationMustFitTheAction) {
  EXPECT_THAT(ProblemsOf("action: renew\nexpect: {profile: '{}'}"),
              ElementsAre("2: unknown key profile"));
  EXPECT_THAT(ProblemsOf("action: profile\nexpect: {profile: '{}'}"), IsEmpty());
  EXPECT_THAT(ProblemsOf("action: keep\nexpect: {keeping: {limits: {h: 1}, renewals: 1}}"),
              ElementsAre("2: unknown key renewals", "2: unknown key h"));
  EXPECT_THAT(ProblemsOf("action: redeem\nexpect: {tokens: {secondary: {bot: {secondary: 1}}}}"),
              ElementsAre("2: unknown key secondary"));
}

TEST(CaseKeysTest, AnActionAndAnExpectationThereMustBe) {
  EXPECT_THAT(ProblemsOf("action: dance\nexpect: {error: X}"),
              ElementsAre("1: unknown action `dance`"));
  EXPECT_THAT(ProblemsOf("action: renew\nexpect: {}"), ElementsAre("2: the case expects nothing"));
}

}  // namespace
}  // namespace evertoken
