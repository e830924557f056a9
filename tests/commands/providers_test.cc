// The `providers` commands as people run them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/commands/run_program.h"

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// A case file of the shipped entry `dex`.
constexpr char kCase[] = R"(instance: {issuer: 'https://dex.test'}
not_applicable:
  login: this file is about one thing
  rotation: this file is about one thing
  revoked: this file is about one thing
  expired: this file is about one thing
  throttled: this file is about one thing
  down: this file is about one thing
  odd_reply: this file is about one thing
  profile: this file is about one thing
  revocation: this file is about one thing
always:
  - {url: 'https://dex.test/.well-known/openid-configuration', body: '{"issuer":"https://dex.test","token_endpoint":"https://dex.test/token"}'}
cases:
  - situation: renewal
    name: a refresh token is swapped
    action: renew
    tokens: {refresh_token: 'refresh-1'}
    replies:
      - {url: 'https://dex.test/token', body: '{"access_token":"access-2","refresh_token":"refresh-2"}'}
    expect:
      tokens: {access_token: 'access-2', refresh_token: 'refresh-2'}
)";

TEST(ProvidersListTest, ListsWhatIsShipped) {
  const ProgramRun run = RunEvertoken({"providers", "list"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  for (const char* id :
       {"\ngoogle ", "facebook ", "\ngithub ", "\nlinkedin ", "\nmicrosoft ", "\noidc "}) {
    EXPECT_THAT("\n" + run.out, HasSubstr(id));
  }
  EXPECT_THAT(run.out, AllOf(HasSubstr("instance.issuer (required): Issuer URL as the provider's "),
                             HasSubstr("  active  ")));
}

TEST(ProvidersListTest, TellsProgramsTheSame) {
  WriteTestFile("mine.yaml",
                "providers: {mine: {extends: google, display_name: 'My \"own\"', lifecycle: "
                "{state: end_of_life, end_date: '2030-01-31'}}}\n");
  const ProgramRun run = RunEvertoken(
      {"providers", "list", "--json", "--catalog", "shipped", "--catalog", "mine.yaml"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(StartsWith("["), HasSubstr("\"id\": \"google\""),
                             HasSubstr("\"display_name\": \"My \\\"own\\\"\", \"state\": \"ends "
                                       "2030-01-31\", \"renewal\": \"refresh token\"}")));
}

TEST(ProvidersListTest, AWrongCatalogueIsTold) {
  WriteTestFile("bad.yaml", "providers: {x: {display_name: X, colour: red}}\n");
  const ProgramRun run = RunEvertoken({"providers", "list", "--catalog=bad.yaml"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("bad.yaml:1: "));
  const ProgramRun missing = RunEvertoken({"providers", "list", "--catalog", "no-such.yaml"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("no-such.yaml: cannot be read"));
}

TEST(ProvidersShowTest, PrintsAnEntryInFullWithPlaces) {
  WriteTestFile("mine.yaml",
                "providers:\n  google:\n    extends: google\n    display_name: Mine\n");
  const ProgramRun run = RunEvertoken(
      {"providers", "show", "google", "--catalog", "shipped", "--catalog", "mine.yaml"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("  google:\n"), HasSubstr("display_name: \"Mine\"  # mine.yaml:4\n"),
                    HasSubstr("# shipped providers.yaml:"), HasSubstr("# default\n")));
}

TEST(ProvidersShowTest, DoesNotKnowEverybody) {
  const ProgramRun run = RunEvertoken({"providers", "show", "nobody"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("no such entry"));
  EXPECT_THAT(run.out, IsEmpty());
  const ProgramRun none = RunEvertoken({"providers", "show"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("ID is required"));
}

TEST(ProvidersCheckTest, TellsEveryProblemAndWhatBecomesOfIt) {
  WriteTestFile("one.yaml", "providers:\n  a: {extends: google, issuer: 5}\n");
  WriteTestFile("two.yaml", "providers:\n  b: {extends: nobody}\n");
  const ProgramRun run = RunEvertoken({"providers", "check", "one.yaml", "two.yaml"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("one.yaml:2: providers.a.issuer"),
                             HasSubstr("two.yaml:2: providers.b.extends"),
                             HasSubstr("2 problems; a server would disable `a`; a server would "
                                       "disable `b`\n")));
}

TEST(ProvidersCheckTest, TakesGoodFilesAndWarnsOfEnds) {
  WriteTestFile("mine.yaml",
                "providers: {old: {extends: google, lifecycle: {state: end_of_life, end_date: "
                "'2030-01-31', replaced_by: google, note: It moved.}}}\n");
  const ProgramRun run = RunEvertoken({"providers", "check", "mine.yaml"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("entries, no problems\n"));
  EXPECT_THAT(run.err,
              HasSubstr("warning: old ends at 2030-01-31; `google` takes its place: It moved.\n"));
}

TEST(ProvidersTestTest, ReplaysCasesAndSaysWhatFailed) {
  WriteTestFile("dex.yaml", kCase);
  const ProgramRun good = RunEvertoken({"providers", "test", "dex", "--cases", "."});
  EXPECT_EQ(good.exit_code, 0) << good.out << good.err;
  EXPECT_THAT(good.out, AllOf(HasSubstr("passed  renewal: a refresh token is swapped\n"),
                              HasSubstr("dex: 1 passed, 0 failed\n")));
  std::string wrong = kCase;
  wrong.replace(wrong.rfind("refresh-2"), 9, "refresh-3");
  WriteTestFile("dex.yaml", wrong);
  const ProgramRun bad = RunEvertoken({"providers", "test", "dex", "--cases", "."});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.out, AllOf(HasSubstr("FAILED  renewal"),
                             HasSubstr("refresh_token is `refresh-2`, not `refresh-3`"),
                             HasSubstr("dex: 0 passed, 1 failed\n")));
}

TEST(ProvidersTestTest, WithoutCasesThereIsNothingToTest) {
  const ProgramRun run = RunEvertoken({"providers", "test", "dex", "--cases", "nowhere"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("nowhere/dex.yaml"));
}

}  // namespace
}  // namespace evertoken
