#include "server/cases/case_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cases/one_case.h"

namespace evertoken {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::vector<std::string> ProblemsOf(const std::string& yaml) {
  return ParseCaseFile("acme", "acme.yaml", yaml).problems;
}

TEST(CaseFileTest, AClientIsWhatTheCaseSaysUponTheUsualOne) {
  const CaseFile file = ParseCaseFile("acme", "acme.yaml", R"(
instance: {host: a.test, tenant: one}
cases:
  - {action: renew, expect: {error: X}}
  - {action: renew, expect: {error: X}, client: '{client_secret: "", scopes: [a, b], instance: {tenant: two}}'}
)");
  ASSERT_EQ(file.cases.size(), 2u);
  const config::v1::ProviderClient& usual = file.cases[0].client;
  EXPECT_EQ(usual.client_id(), "case-client");
  EXPECT_EQ(usual.client_secret(), "case-secret");
  const config::v1::ProviderClient& own = file.cases[1].client;
  EXPECT_EQ(own.client_id(), "case-client");
  EXPECT_EQ(own.client_secret(), "");
  EXPECT_THAT(own.scopes(), ElementsAre("a", "b"));
  EXPECT_THAT(own.instance(), UnorderedElementsAre(Pair("host", "a.test"), Pair("tenant", "two")));
}

TEST(CaseFileTest, AClientIsReadStrictly) {
  EXPECT_THAT(ProblemsOf("cases: [{action: renew, client: '{colour: red}', expect: {error: X}}]"),
              Contains(HasSubstr("acme.yaml:1: client: colour: ")));
}

TEST(CaseFileTest, TheTimeIsTheUsualOneOrTheCases) {
  EXPECT_EQ(OneCase("{action: renew, expect: {error: X}}").time, kCaseTime);
  EXPECT_EQ(OneCase("{action: renew, time: '2027-01-01T00:00:00Z', expect: {error: X}}").time,
            absl::FromUnixSeconds(1798761600));
  EXPECT_THAT(ProblemsOf("cases: [{action: renew, time: soon, expect: {error: X}}]"),
              Contains(HasSubstr("time must be one such as")));
}

TEST(CaseFileTest, EverySituationHasACaseOrAReasonAndNotBoth) {
  const std::vector<std::string> problems = ProblemsOf(R"(
not_applicable: {login: this one has no login, renewal: short, down: it is never down}
cases:
  - {situation: down, action: renew, expect: {error: X}}
  - {situation: up, action: renew, expect: {error: X}}
)");
  EXPECT_THAT(problems, Contains(HasSubstr("no case for the situation revocation")));
  EXPECT_THAT(problems, Contains(HasSubstr("down has a case and an excuse")));
  EXPECT_THAT(problems, Contains(HasSubstr("renewal needs a reason")));
  EXPECT_THAT(problems, Contains(HasSubstr("unknown situation up")));
}

}  // namespace
}  // namespace evertoken
