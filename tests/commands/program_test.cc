// The commands as people run them: the built program, its exit code and what it prints where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/commands/run_program.h"

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

const char kConfig[] =
    "key_ring: keys.yaml\n"
    "grpc: {listen: '127.0.0.1:0'}\n"
    "web: {listen: '127.0.0.1:0'}\n"
    "apps:\n"
    "  - key: shop\n"
    "    secret_hashes: [$HASH]\n"
    "    redirect_uris: [https://shop.example/after]\n"
    "    providers:\n"
    "      google: {client_id: the-client, client_secret: hidden-client-secret}\n";

std::string ReadTestFile(const std::string& name) {
  std::ifstream file(TestFolder() + "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The text after `label` on its line of `out`.
std::string Line(const std::string& out, absl::string_view label) {
  for (absl::string_view line : absl::StrSplit(out, '\n')) {
    if (absl::ConsumePrefix(&line, label)) return std::string(line);
  }
  return "";
}

// A key ring and a configuration that uses it.
void WriteGoodFiles() {
  ASSERT_EQ(RunEvertoken({"keys", "generate", "--out", "keys.yaml"}).exit_code, 0);
  const ProgramRun run =
      RunEvertoken({"apps", "hash-secret", "--key-ring", "keys.yaml", "--app", "shop"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  WriteTestFile("evertoken.yaml",
                absl::StrReplaceAll(kConfig, {{"$HASH", Line(run.out, "hash: ")}}));
}

TEST(ProgramTest, SaysItsVersion) {
  for (const char* word : {"version", "--version"}) {
    const ProgramRun run = RunEvertoken({word});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.out, MatchesRegex("evertoken [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  }
}

TEST(ProgramTest, EveryCommandInTheListHasHelp) {
  const ProgramRun overview = RunEvertoken({"--help"});
  EXPECT_EQ(overview.exit_code, 0);
  for (const char* command :
       {"serve", "config check", "keys generate", "apps hash-secret", "providers list",
        "providers show", "providers check", "providers test", "providers try", "version"}) {
    EXPECT_THAT(overview.out, HasSubstr(absl::StrCat("\n  ", command)));
    std::vector<std::string> words = absl::StrSplit(command, ' ');
    words.push_back("--help");
    const ProgramRun help = RunEvertoken(words);
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.out, AllOf(StartsWith(absl::StrCat("Usage: evertoken ", command)),
                                HasSubstr("Example:\n  evertoken ")));
    EXPECT_THAT(help.err, IsEmpty());
  }
}

TEST(ProgramTest, MisuseIsExitCodeTwoAndSaidOnStandardError) {
  const ProgramRun command = RunEvertoken({"config", "chek", "--config", "x"});
  EXPECT_EQ(command.exit_code, 2);
  EXPECT_THAT(command.out, IsEmpty());
  EXPECT_THAT(command.err, HasSubstr("did you mean `evertoken config check`?"));
  const ProgramRun flag = RunEvertoken({"serve", "--conf", "x"});
  EXPECT_EQ(flag.exit_code, 2);
  EXPECT_THAT(flag.err,
              AllOf(HasSubstr("unknown flag --conf"), HasSubstr("--config FILE is required")));
}

TEST(KeysGenerateTest, WritesAFileForItsOwnerOnly) {
  const ProgramRun run =
      RunEvertoken({"keys", "generate", "--out", "keys.yaml", "--id", "first-key"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, IsEmpty());
  struct stat info;
  ASSERT_EQ(stat((TestFolder() + "/keys.yaml").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_THAT(ReadTestFile("keys.yaml"),
              AllOf(HasSubstr("id: \"first-key\""), HasSubstr("secret: \"")));
  EXPECT_THAT(run.err, Not(HasSubstr(Line(ReadTestFile("keys.yaml"), "    secret: "))));
}

TEST(KeysGenerateTest, NeverOverwrites) {
  WriteTestFile("keys.yaml", "precious");
  const ProgramRun run = RunEvertoken({"keys", "generate", "--out", "keys.yaml"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("never overwritten"));
  EXPECT_EQ(ReadTestFile("keys.yaml"), "precious");
}

TEST(KeysGenerateTest, PrintsTheRingWithoutAFileAndNeverTheSameTwice) {
  const ProgramRun one = RunEvertoken({"keys", "generate", "--id", "k"});
  const ProgramRun two = RunEvertoken({"keys", "generate", "--id", "k"});
  EXPECT_THAT(one.out, HasSubstr("keys:\n  - id: \"k\"\n    secret: \""));
  EXPECT_NE(one.out, two.out);
}

TEST(KeysGenerateTest, RefusesABadId) {
  const ProgramRun run = RunEvertoken({"keys", "generate", "--id", "Key One"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("--id must be 1 to 32"));
}

class HashSecretTest : public ::testing::Test {
 protected:
  void SetUp() override {
    WriteTestFile("keys.yaml", RunEvertoken({"keys", "generate", "--id", "k"}).out);
  }

  ProgramRun Hash(const std::string& secret) {
    return RunEvertoken(
        {"apps", "hash-secret", "--key-ring", "keys.yaml", "--app", "shop", "--stdin"}, secret);
  }
};

TEST_F(HashSecretTest, MakesASecretAndItsHash) {
  const ProgramRun run =
      RunEvertoken({"apps", "hash-secret", "--key-ring", "keys.yaml", "--app", "shop"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, MatchesRegex("secret: [A-Za-z0-9_-]{43}\nhash: k\\.[A-Za-z0-9_-]{43}\n"));
  const std::string secret = Line(run.out, "secret: ");
  EXPECT_THAT(run.err, Not(HasSubstr(secret)));
  EXPECT_EQ(Hash(secret + "\n").out, "hash: " + Line(run.out, "hash: ") + "\n");
}

TEST_F(HashSecretTest, RefusesWeakSecretsWithoutRepeatingThem) {
  const ProgramRun run = Hash("hunter2\n");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, AllOf(HasSubstr("too weak"), Not(HasSubstr("hunter2"))));
}

TEST_F(HashSecretTest, RefusesAnAppKeyThatConfigurationWould) {
  const ProgramRun run =
      RunEvertoken({"apps", "hash-secret", "--key-ring", "keys.yaml", "--app", "a:b"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("--app"));
}

TEST_F(HashSecretTest, RefusesAKeyRingThatOthersMayRead) {
  WriteTestFile("keys.yaml", ReadTestFile("keys.yaml"), 0644);
  const ProgramRun run = Hash("AbCdEfGhIjKlMnOpQrStUvWxYz");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("chmod 600 keys.yaml"));
}

TEST(ConfigCheckTest, SumsUpAGoodConfigurationWithoutSecrets) {
  WriteGoodFiles();
  const ProgramRun run = RunEvertoken({"config", "check", "--config", "evertoken.yaml"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(StartsWith("evertoken.yaml: no problems\n"),
                             HasSubstr("sqlite in data/evertoken.db"),
                             HasSubstr("shop: 1 secret(s), 1 redirect URI(s), providers: google")));
  EXPECT_THAT(run.out + run.err,
              AllOf(Not(HasSubstr("hidden-client-secret")), Not(HasSubstr("the-client"))));
}

TEST(ConfigCheckTest, WarnsOfSecretsThatOthersMayRead) {
  WriteGoodFiles();
  EXPECT_THAT(RunEvertoken({"config", "check", "--config", "evertoken.yaml"}).err, IsEmpty());
  WriteTestFile("evertoken.yaml", ReadTestFile("evertoken.yaml"), 0644);
  const ProgramRun run = RunEvertoken({"config", "check", "--config", "evertoken.yaml"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, StartsWith("evertoken.yaml: no problems\n"));
  EXPECT_THAT(run.err,
              AllOf(StartsWith("warning: evertoken.yaml: others may read this file (mode 0644), "
                               "which holds apps[0].providers.google.client_secret: run `chmod 600 "
                               "evertoken.yaml`"),
                    Not(HasSubstr("hidden-client-secret"))));
}

TEST(ServeTest, WarnsOfSecretsThatOthersMayRead) {
  WriteGoodFiles();
  WriteTestFile("evertoken.yaml", ReadTestFile("evertoken.yaml"), 0644);
  // It warns before it fails.
  const ProgramRun run = RunEvertoken({"serve", "--config", "evertoken.yaml"}, "",
                                      {{"EVERTOKEN_GRPC__LISTEN", "127.0.0.1:1"},
                                       {"EVERTOKEN_STORE__SQLITE__PATH", "/proc/no/such.db"}});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err,
              AllOf(HasSubstr("\"level\":\"warn\",\"event\":\"secrets_exposed\",\"file\":"
                              "\"evertoken.yaml\",\"mode\":\"0644\""),
                    HasSubstr("chmod 600 evertoken.yaml"), Not(HasSubstr("hidden-client-secret"))));
}

TEST(ConfigCheckTest, TellsEveryProblemOfEveryFile) {
  WriteTestFile("keys.yaml", "keys: []\n");
  WriteTestFile("more.yaml", "providers:\n  x: {displayname: X}\n");
  WriteTestFile("evertoken.yaml",
                "key_ring: keys.yaml\n"
                "catalogs: [shipped, more.yaml]\n"
                "grpd: {}\n"
                "apps:\n"
                "  - key: shop\n");
  const ProgramRun run = RunEvertoken({"config", "check", "--config", "evertoken.yaml"}, "",
                                      {{"EVERTOKEN_WEB__LISTN", "x"}});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, HasSubstr("evertoken.yaml:3: grpd: unknown key"));
  EXPECT_THAT(run.err, HasSubstr("evertoken.yaml:5: apps[0].secret_hashes"));
  EXPECT_THAT(run.err, HasSubstr("environment: EVERTOKEN_WEB__LISTN: names no setting; the nearest "
                                 "known name is EVERTOKEN_WEB__LISTEN"));
  EXPECT_THAT(run.err, HasSubstr("keys.yaml: "));
  EXPECT_THAT(run.err, HasSubstr("more.yaml:2: "));
  EXPECT_THAT(run.err, HasSubstr(" problems\n"));
}

TEST(ConfigCheckTest, ChecksAppsAgainstCatalogueAndKeyRing) {
  WriteGoodFiles();
  WriteTestFile("evertoken.yaml",
                absl::StrReplaceAll(
                    kConfig, {{"google", "gogle"}, {"$HASH", "lost." + std::string(43, 'A')}}));
  const ProgramRun run = RunEvertoken({"config", "check", "--config", "evertoken.yaml"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("evertoken.yaml:9: apps[0].providers.gogle: stands in no "
                                       "catalogue; did you mean `google`?"),
                             HasSubstr("evertoken.yaml:6: apps[0].secret_hashes[0]: was made by a "
                                       "key that is not in the key ring"),
                             HasSubstr("evertoken.yaml: 2 problems\n")));
}

TEST(ConfigCheckTest, ChecksInstanceParametersByTheirPattern) {
  WriteGoodFiles();
  const Environment client = {{"EVERTOKEN_APPS__0__PROVIDERS__MICROSOFT__CLIENT_ID", "i"},
                              {"EVERTOKEN_APPS__0__PROVIDERS__MICROSOFT__CLIENT_SECRET", "s"}};
  Environment wrong = client;
  wrong["EVERTOKEN_APPS__0__PROVIDERS__MICROSOFT__INSTANCE__TENANT"] = "evil.example/#";
  EXPECT_EQ(RunEvertoken({"config", "check", "--config", "evertoken.yaml"}, "", client).exit_code,
            0);
  const ProgramRun run = RunEvertoken({"config", "check", "--config", "evertoken.yaml"}, "", wrong);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("apps[0].providers.microsoft.instance: tenant: must match "));
}

TEST(ConfigCheckTest, AMissingFileIsSaid) {
  const ProgramRun run = RunEvertoken({"config", "check", "--config", "nowhere.yaml"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("nowhere.yaml: cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace evertoken
