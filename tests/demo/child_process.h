#ifndef EVERTOKEN_TESTS_DEMO_CHILD_PROCESS_H_
#define EVERTOKEN_TESTS_DEMO_CHILD_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evertoken::demo {

// A program run by this one, ended with it in any case: by the destructor, and by the kernel when
// the thread that started it is gone. It runs in a process group of its own, so that Ctrl-C in the
// terminal reaches only its parent. Not thread-safe.
class ChildProcess {
 public:
  // Runs `argv` with standard error going to the file `stderr_path`. NOT_FOUND when there is no
  // such program.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& argv,
                                                             const std::string& stderr_path);
  ~ChildProcess();  // Stop(10 s)

  pid_t pid() const { return pid_; }

  // The next line of its standard output. UNAVAILABLE, with the end of its standard error, when it
  // ends before one is whole; DEADLINE_EXCEEDED after `timeout`.
  absl::StatusOr<std::string> ReadLine(absl::Duration timeout);

  bool IsRunning();

  // Asks it to end (SIGTERM), and ends it (SIGKILL) after `timeout`. Gives the exit status, or
  // minus the signal.
  int Stop(absl::Duration timeout);

  // The last lines of its standard error.
  std::string StderrTail() const;

 private:
  ChildProcess(pid_t pid, int stdout_fd, std::string stderr_path);

  const pid_t pid_;
  const int stdout_fd_;
  const std::string stderr_path_;
  std::string read_ahead_;
  bool ended_ = false;
  int exit_status_ = 0;
};

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_CHILD_PROCESS_H_
