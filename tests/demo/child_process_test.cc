#include "tests/demo/child_process.h"

#include <signal.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken::demo {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kLong = absl::Seconds(60);

std::unique_ptr<ChildProcess> Shell(const std::string& script) {
  absl::StatusOr<std::unique_ptr<ChildProcess>> child =
      ChildProcess::Start({"/bin/sh", "-c", script}, testing::TempDir() + "/stderr");
  EXPECT_THAT(child, IsOk());
  return *std::move(child);
}

TEST(ChildProcessTest, ReadsLineByLine) {
  const std::unique_ptr<ChildProcess> child = Shell("printf 'one\\ntwo\\n'; exec sleep 600");
  EXPECT_THAT(child->ReadLine(kLong), IsOkAndHolds("one"));
  EXPECT_THAT(child->ReadLine(kLong), IsOkAndHolds("two"));
  EXPECT_THAT(child->ReadLine(absl::ZeroDuration()), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(ChildProcessTest, AnEarlyEndTellsWhatTheProgramSaid) {
  const std::unique_ptr<ChildProcess> child = Shell("echo 'the port is in use' >&2; exit 3");
  const absl::StatusOr<std::string> line = child->ReadLine(kLong);
  EXPECT_THAT(line, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("the port is in use")));
  EXPECT_THAT(line, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("status 3")));
  EXPECT_FALSE(child->IsRunning());
}

TEST(ChildProcessTest, StopAsksFirst) {
  const std::unique_ptr<ChildProcess> child =
      Shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
  ASSERT_THAT(child->ReadLine(kLong), IsOk());
  EXPECT_EQ(child->Stop(kLong), 7);
}

TEST(ChildProcessTest, StopEndsWhatDoesNotListen) {
  const std::unique_ptr<ChildProcess> child =
      Shell("trap '' TERM; echo ready; while :; do sleep 60; done");
  ASSERT_THAT(child->ReadLine(kLong), IsOk());
  EXPECT_EQ(child->Stop(absl::ZeroDuration()), -SIGKILL);
}

TEST(ChildProcessTest, EndsWithItsObject) {
  std::unique_ptr<ChildProcess> child = Shell("echo ready; exec sleep 600");
  ASSERT_THAT(child->ReadLine(kLong), IsOk());
  const pid_t pid = child->pid();
  child.reset();
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(ChildProcessTest, AMissingProgramIsNamed) {
  EXPECT_THAT(ChildProcess::Start({"/no/such/program"}, testing::TempDir() + "/stderr"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/such/program")));
}

}  // namespace
}  // namespace evertoken::demo
