#include "server/commands/process_setup.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

namespace evertoken {
namespace {

sigset_t TerminationSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

int WaitForSignal(const sigset_t& set) {
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
  return signal;
}

}  // namespace

void SetUpServingProcess() {
  umask(S_IRWXG | S_IRWXO);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
#ifndef __SANITIZE_ADDRESS__  // its leak check attaches to the process as a debugger does
  // The limit does not hold for dumps that go to a pipe. This also keeps debuggers of the same user off.
  prctl(PR_SET_DUMPABLE, 0);
#endif
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

ServingSignals::ServingSignals() {
  sigset_t set = TerminationSet();
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

const char* ServingSignals::Wait(const std::function<void()>& on_hangup) {
  sigset_t set = TerminationSet();
  sigaddset(&set, SIGHUP);
  while (true) {
    const int signal = WaitForSignal(set);
    if (signal != SIGHUP) return signal == SIGINT ? "SIGINT" : "SIGTERM";
    on_hangup();
  }
}

void ServingSignals::ExitAtNext() {
  std::thread([] { _exit(128 + WaitForSignal(TerminationSet())); }).detach();
}

}  // namespace evertoken
