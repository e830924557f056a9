#ifndef EVERTOKEN_SERVER_COMMANDS_PROCESS_SETUP_H_
#define EVERTOKEN_SERVER_COMMANDS_PROCESS_SETUP_H_

namespace evertoken {

// Makes the process fit for serving: new files are its user's only, a crash writes no memory to disk (there are secrets in it), a
// reader that went away and a file at its size limit are errors and no signals, and as many connections may be open as the system
// grants.
void SetUpServingProcess();

// SIGTERM and SIGINT as something to wait for. To be made before the first thread, because threads inherit what is blocked.
class TerminationSignals {
 public:
  TerminationSignals();

  // Blocks until a signal comes; gives its name.
  const char* Wait();

  // From now on the next signal ends the process at once, for people who do not want to wait for a drain.
  void ExitAtNext();
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_PROCESS_SETUP_H_
