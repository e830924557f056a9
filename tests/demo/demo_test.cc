// Runs the demo as `make run` does, in a folder of its own.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/demo/child_process.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken::demo {
namespace {

using testing::HasSubstr;

struct Outcome {
  int exit_status = 0;
  std::string said;
  std::string complained;
};

Outcome RunDemo(const std::vector<std::string>& flags) {
  std::vector<std::string> argv = {"tests/demo/demo", "--once"};
  argv.insert(argv.end(), flags.begin(), flags.end());
  absl::StatusOr<std::unique_ptr<ChildProcess>> demo =
      ChildProcess::Start(argv, absl::StrCat(testing::TempDir(), "/demo.stderr"));
  EXPECT_THAT(demo, IsOk());
  Outcome outcome;
  for (;;) {
    const absl::StatusOr<std::string> line = (*demo)->ReadLine(absl::Seconds(120));
    if (!line.ok()) break;
    absl::StrAppend(&outcome.said, *line, "\n");
  }
  outcome.exit_status = (*demo)->Stop(absl::Seconds(60));
  outcome.complained = (*demo)->StderrTail();
  return outcome;
}

std::string StateDir(const std::string& name) {
  return absl::StrCat("--state_dir=", testing::TempDir(), "/", name);
}

TEST(DemoTest, DrivesTheWholeFlowOnce) {
  const Outcome outcome = RunDemo({StateDir("flow"), "--server=server/evertoken"});
  EXPECT_EQ(outcome.exit_status, 0) << outcome.said << outcome.complained;
  for (const char* method :
       {"ExchangeToken", "IntrospectToken", "RefreshToken", "GetRefreshedProfile"}) {
    EXPECT_THAT(outcome.said, HasSubstr(absl::StrCat("evertoken.v1.TokenService/", method, "\n{")));
  }
  EXPECT_THAT(outcome.said, HasSubstr("\"requestToken\": "));
  EXPECT_THAT(outcome.said, HasSubstr("\"displayName\": \"ada Example (profile version "));
  EXPECT_THAT(outcome.said, HasSubstr("Every step succeeded."));
}

TEST(DemoTest, AServerThatEndsEarlyIsQuoted) {
  const std::string server = absl::StrCat(testing::TempDir(), "/broken_server");
  std::ofstream(server) << "#!/bin/sh\necho 'the key ring is unreadable' >&2\nexit 1\n";
  chmod(server.c_str(), 0700);
  const Outcome outcome = RunDemo({StateDir("early"), absl::StrCat("--server=", server)});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.complained, HasSubstr("the key ring is unreadable"));
}

TEST(DemoTest, ASecondDemoLeavesTheFirstItsFolder) {
  const std::string lock = absl::StrCat(testing::TempDir(), "/busy.lock");
  const int fd = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(fd, LOCK_EX | LOCK_NB), 0);
  const Outcome outcome = RunDemo({StateDir("busy"), "--server=server/evertoken"});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.complained, HasSubstr("another demo runs in "));
  close(fd);
}

TEST(DemoTest, AFolderOfOtherThingsIsLeftAlone) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/other");
  mkdir(folder.c_str(), 0700);
  std::ofstream(folder + "/letter") << "dear";
  const Outcome outcome = RunDemo({StateDir("other")});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_THAT(outcome.complained, HasSubstr("holds other things"));
  EXPECT_TRUE(std::ifstream(folder + "/letter").good());
}

}  // namespace
}  // namespace evertoken::demo
