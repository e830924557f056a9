// The program as people and their tests run it.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/provider/json_document.h"
#include "tests/demo/child_process.h"
#include "tests/demo/scripted_browser.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken::hostile {
namespace {

using demo::ChildProcess;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

constexpr absl::Duration kLong = absl::Seconds(60);

std::unique_ptr<ChildProcess> Start(std::vector<std::string> flags) {
  flags.insert(flags.begin(), "tests/hostile_provider/hostile_provider");
  absl::StatusOr<std::unique_ptr<ChildProcess>> program =
      ChildProcess::Start(flags, testing::TempDir() + "/stderr");
  EXPECT_THAT(program, IsOk());
  return *std::move(program);
}

// A value of the line that the program prints when it serves.
std::string ReadValue(ChildProcess* program, const std::string& name) {
  const absl::StatusOr<std::string> line = program->ReadLine(kLong);
  EXPECT_THAT(line, IsOk());
  const auto document = JsonDocument::Parse(line.value_or(""));
  EXPECT_NE(document, nullptr) << line.value_or("");
  return document == nullptr ? "" : document->root().At("/" + name).Text().value_or("");
}

// What it prints until it ends by itself.
std::string ReadToEnd(ChildProcess* program) {
  std::string all;
  for (;;) {
    const absl::StatusOr<std::string> line = program->ReadLine(kLong);
    if (!line.ok()) return all;
    absl::StrAppend(&all, *line, "\n");
  }
}

TEST(HostileProviderProgramTest, ServesAFreePortUntilItIsAskedToEnd) {
  const std::unique_ptr<ChildProcess> program = Start({"--client-secret", "other"});
  const std::string issuer = absl::StrCat("http://127.0.0.1:", ReadValue(program.get(), "port"));
  demo::ScriptedBrowser browser;
  const absl::StatusOr<demo::Page> family = browser.Post(issuer + "/admin/families", {});
  ASSERT_THAT(family, IsOk());
  const auto document = JsonDocument::Parse(family->body);
  ASSERT_NE(document, nullptr) << family->body;
  const absl::StatusOr<demo::Page> tokens =
      browser.Post(issuer + "/token",
                   {{"grant_type", "refresh_token"},
                    {"client_id", "evertoken"},
                    {"client_secret", "other"},
                    {"refresh_token", document->root().At("/refresh_token").Text().value_or("")}});
  ASSERT_THAT(tokens, IsOk());
  EXPECT_EQ(tokens->status, 200) << tokens->body;
  const absl::StatusOr<demo::Page> discovery =
      browser.Open(issuer + "/.well-known/openid-configuration");
  ASSERT_THAT(discovery, IsOk());
  EXPECT_THAT(discovery->body, HasSubstr(absl::StrCat("\"issuer\":\"", issuer, "\"")));
  EXPECT_EQ(program->Stop(kLong), 0);
}

TEST(HostileProviderProgramTest, EndsByItself) {
  const std::unique_ptr<ChildProcess> program = Start({"--max-seconds=1"});
  EXPECT_THAT(ReadToEnd(program.get()), HasSubstr("{\"port\":"));
  EXPECT_FALSE(program->IsRunning()) << "nobody asked it to end";
  EXPECT_EQ(program->Stop(kLong), 0);
}

TEST(HostileProviderProgramTest, HelpTellsWhatItIsAndHowToTryIt) {
  const std::unique_ptr<ChildProcess> program = Start({"--help"});
  EXPECT_THAT(ReadToEnd(program.get()),
              AllOf(HasSubstr("an OpenID provider that misbehaves when told to"),
                    HasSubstr("curl -d"), ContainsRegex("--port N +Port on 127.0.0.1"),
                    HasSubstr("--max-seconds"), HasSubstr("README.md")));
  EXPECT_EQ(program->Stop(kLong), 0);
}

TEST(HostileProviderProgramTest, AWrongCommandLineIsExplained) {
  for (const auto& [flag, why] : std::vector<std::pair<std::string, std::string>>{
           {"--prot=1", "did you mean --port"},
           {"--port=65536", "--port must be a number from 0 to 65535"},
           {"--port=x", "--port must be a number"},
           {"--max-seconds=0", "--max-seconds must be a number from 1 to 86400"},
           {"--algorithm=HS256", "--algorithm must be RS256 or ES256"}}) {
    const std::unique_ptr<ChildProcess> program = Start({flag});
    EXPECT_EQ(ReadToEnd(program.get()), "");
    EXPECT_EQ(program->Stop(kLong), 2) << flag;
    EXPECT_THAT(program->StderrTail(), HasSubstr(why));
  }
}

TEST(HostileProviderProgramTest, APortInUseIsNamed) {
  const std::unique_ptr<ChildProcess> first = Start({});
  const std::string port = ReadValue(first.get(), "port");
  const std::unique_ptr<ChildProcess> second = Start({"--port", port});
  EXPECT_EQ(ReadToEnd(second.get()), "");
  EXPECT_EQ(second->Stop(kLong), 1);
  EXPECT_THAT(second->StderrTail(), HasSubstr(port));
}

}  // namespace
}  // namespace evertoken::hostile
