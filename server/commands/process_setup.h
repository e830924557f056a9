#ifndef EVERTOKEN_SERVER_COMMANDS_PROCESS_SETUP_H_
#define EVERTOKEN_SERVER_COMMANDS_PROCESS_SETUP_H_

#include <functional>

namespace evertoken {

// Makes the process fit for serving: new files are its user's only, a crash writes no memory to disk (there are secrets in it), a
// reader that went away and a file at its size limit are errors and no signals, and as many connections may be open as the system
// grants.
void SetUpServingProcess();

// SIGTERM and SIGINT as something to wait for, and SIGHUP as something to do meanwhile. To be made before the first thread, because threads inherit what is blocked.
class ServingSignals {
 public:
  ServingSignals();

  // Blocks until SIGTERM or SIGINT comes, and gives its name; at each SIGHUP before that calls `on_hangup`.
  const char* Wait(const std::function<void()>& on_hangup);

  // From now on the next SIGTERM or SIGINT ends the process at once, for people who do not want to wait for a drain.
  void ExitAtNext();
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_PROCESS_SETUP_H_
