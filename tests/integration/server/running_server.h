#ifndef EVERTOKEN_TESTS_INTEGRATION_SERVER_RUNNING_SERVER_H_
#define EVERTOKEN_TESTS_INTEGRATION_SERVER_RUNNING_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/config/environment.h"

namespace evertoken {

// The built `evertoken serve` in a folder of the test's own, with a key ring and a configuration made for it: one app, `shop`, and
// free ports unless the test says others. Ended with the test.
class RunningServer {
 public:
  // `more` are further lines of the configuration; a section that is set there replaces the default one.
  explicit RunningServer(const std::string& more, const Environment& environment = {});
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  // Reads the ports that it prints once it listens. False when it ended before, or after `kPatience`.
  bool WaitForPorts();
  int grpc_port() const { return grpc_port_; }
  int web_port() const { return web_port_; }

  void Signal(int signal) const;
  // Its exit code, or minus the signal that ended it; -1000 after kPatience.
  int WaitForExit();

  pid_t pid() const { return pid_; }
  const std::string& folder() const { return folder_; }

  // What it has written to standard error by now.
  std::string Log() const;
  // Waits until the log holds `text`; false after kPatience.
  bool WaitForLog(absl::string_view text) const;

  static constexpr absl::Duration kPatience = absl::Seconds(30);

 private:
  std::string folder_;
  pid_t pid_ = -1;
  int stdout_ = -1;
  int grpc_port_ = 0;
  int web_port_ = 0;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_INTEGRATION_SERVER_RUNNING_SERVER_H_
