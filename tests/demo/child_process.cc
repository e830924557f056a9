#include "tests/demo/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace evertoken::demo {
namespace {

constexpr size_t kMaxLineBytes = 64 * 1024;
constexpr size_t kTailBytes = 4096;

int ExitStatusOf(int status) {
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

// Between fork and exec: only what is safe in the child of a program with threads.
[[noreturn]] void RunChild(char* const* argv, pid_t parent, int stdout_fd, int stderr_fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before the line above
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(stdout_fd, STDOUT_FILENO);
  dup2(stderr_fd, STDERR_FILENO);
  execvp(argv[0], argv);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& argv, const std::string& stderr_path) {
  const bool is_path = argv[0].find('/') != std::string::npos;
  if (is_path && access(argv[0].c_str(), X_OK) != 0) {
    return absl::NotFoundError(absl::StrCat("no program at ", argv[0]));
  }
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) return absl::InternalError(strerror(errno));
  const int err = open(stderr_path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (err < 0) {
    close(out[0]);
    close(out[1]);
    return absl::InternalError(absl::StrCat("cannot write ", stderr_path));
  }
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) RunChild(arguments.data(), parent, out[1], err);
  close(out[1]);
  close(err);
  if (pid > 0) setpgid(pid, pid);  // here as well: whoever comes first
  if (pid < 0) {
    close(out[0]);
    return absl::InternalError("cannot fork");
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, out[0], stderr_path));
}

ChildProcess::ChildProcess(pid_t pid, int stdout_fd, std::string stderr_path)
    : pid_(pid), stdout_fd_(stdout_fd), stderr_path_(std::move(stderr_path)) {}

ChildProcess::~ChildProcess() {
  Stop(absl::Seconds(10));
  close(stdout_fd_);
}

absl::StatusOr<std::string> ChildProcess::ReadLine(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  for (;;) {
    if (const size_t end = read_ahead_.find('\n'); end != std::string::npos) {
      std::string line = read_ahead_.substr(0, end);
      read_ahead_.erase(0, end + 1);
      return line;
    }
    if (read_ahead_.size() > kMaxLineBytes) return absl::ResourceExhaustedError("an endless line");
    pollfd waiting = {stdout_fd_, POLLIN, 0};
    const int64_t left = std::max<int64_t>(0, absl::ToInt64Milliseconds(deadline - absl::Now()));
    const int ready = poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0)
      return absl::DeadlineExceededError(
          absl::StrCat("no line within ", absl::FormatDuration(timeout)));
    char buffer[4096];
    const ssize_t count = read(stdout_fd_, buffer, sizeof(buffer));
    if (count <= 0) {
      Stop(absl::Seconds(1));
      return absl::UnavailableError(absl::StrCat("the program ended with status ", exit_status_,
                                                 "; it said:\n", StderrTail()));
    }
    read_ahead_.append(buffer, static_cast<size_t>(count));
  }
}

bool ChildProcess::IsRunning() {
  if (ended_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  ended_ = true;
  exit_status_ = ExitStatusOf(status);
  return false;
}

int ChildProcess::Stop(absl::Duration timeout) {
  if (!IsRunning()) return exit_status_;
  kill(pid_, SIGTERM);
  const absl::Time deadline = absl::Now() + timeout;
  while (IsRunning() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(2));
  if (ended_) return exit_status_;
  kill(-pid_, SIGKILL);  // what it started, too
  int status = 0;
  waitpid(pid_, &status, 0);
  ended_ = true;
  exit_status_ = ExitStatusOf(status);
  return exit_status_;
}

std::string ChildProcess::StderrTail() const {
  std::ifstream file(stderr_path_);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.substr(all.size() - std::min(all.size(), kTailBytes));
}

}  // namespace evertoken::demo
