#include "tests/integration/server/running_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/config/file_text.h"
#include "server/config/key_ring_file.h"
#include "server/store/key_ring.h"

namespace evertoken {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(2);

std::string MakeFolder() {
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::string pattern = absl::StrCat(::testing::TempDir(), "/", test->name(), "-XXXXXX");
  if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no folder at " << pattern;
  return pattern;
}

void WriteFiles(const std::string& folder, const std::string& more) {
  const config::v1::KeyRing ring = KeyRing::Generate("test");
  ASSERT_TRUE(WriteNewPrivateFile(folder + "/keys.yaml", KeyRingFileText(ring).Reveal()).ok());
  std::string yaml =
      absl::StrCat("key_ring: keys.yaml\napps:\n  - key: shop\n    secret_hashes: [",
                   (*KeyRing::New(ring))->HashAppSecret("shop", "secret"), "]\n", more, "\n");
  for (const char* listener : {"grpc", "web"}) {
    if (!absl::StrContains(more, absl::StrCat(listener, ":")))
      absl::StrAppend(&yaml, listener, ": {listen: '127.0.0.1:0'}\n");
  }
  std::ofstream(folder + "/evertoken.yaml") << yaml;
}

[[noreturn]] void RunChild(const std::string& folder, int out, char** argv, char** envp) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(out, STDOUT_FILENO);
  dup2(open((folder + "/log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
       STDERR_FILENO);
  execve(argv[0], argv, envp);
  _exit(126);
}

}  // namespace

RunningServer::RunningServer(const std::string& more, const Environment& environment)
    : folder_(MakeFolder()) {
  WriteFiles(folder_, more);
  std::vector<std::string> words = {std::filesystem::absolute("server/evertoken").string(), "serve",
                                    "--config", folder_ + "/evertoken.yaml", "--print-ports"};
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (std::string& word : words) argv.push_back(word.data());
  for (std::string& variable : variables) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
  pid_ = fork();
  if (pid_ == 0) RunChild(folder_, ends[1], argv.data(), envp.data());
  close(ends[1]);
  stdout_ = ends[0];
}

RunningServer::~RunningServer() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(stdout_);
}

bool RunningServer::WaitForPorts() {
  std::string line;
  const absl::Time deadline = absl::Now() + kPatience;
  while (!absl::StrContains(line, "\n") && absl::Now() < deadline) {
    pollfd waiting = {stdout_, POLLIN, 0};
    if (poll(&waiting, 1, 100) <= 0) continue;
    char buffer[256];
    const ssize_t size = read(stdout_, buffer, sizeof(buffer));
    if (size <= 0) return false;
    line.append(buffer, static_cast<size_t>(size));
  }
  return sscanf(line.c_str(), "{\"grpc_port\":%d,\"web_port\":%d}\n", &grpc_port_, &web_port_) == 2;
}

void RunningServer::Signal(int signal) const { kill(pid_, signal); }

int RunningServer::WaitForExit() {
  const absl::Time deadline = absl::Now() + kPatience;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) != pid_) {
    if (absl::Now() > deadline) return -1000;
    absl::SleepFor(kPoll);
  }
  pid_ = -1;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

std::string RunningServer::Log() const {
  std::stringstream text;
  text << std::ifstream(folder_ + "/log").rdbuf();
  return text.str();
}

bool RunningServer::WaitForLog(absl::string_view text) const {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!absl::StrContains(Log(), text)) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(kPoll);
  }
  return true;
}

}  // namespace evertoken
