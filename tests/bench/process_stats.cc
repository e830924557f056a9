#include "tests/bench/process_stats.h"

#include <sys/resource.h>
#include <time.h>

#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace evertoken::bench {
namespace {

// A line of /proc/PID/status such as `VmRSS:     1234 kB`.
int64_t StatusBytes(pid_t pid, const std::string& name) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  std::string line;
  while (std::getline(file, line)) {
    if (!absl::StartsWith(line, name)) continue;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    int64_t kib = 0;
    if (words.size() >= 2 && absl::SimpleAtoi(words[1], &kib)) return kib * 1024;
  }
  return 0;
}

}  // namespace

absl::Duration CpuTimeOf(pid_t pid) {
  clockid_t clock;
  timespec used = {};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
    return absl::ZeroDuration();
  return absl::DurationFromTimespec(used);
}

int64_t ResidentBytesOf(pid_t pid) { return StatusBytes(pid, "VmRSS:"); }
int64_t PeakResidentBytesOf(pid_t pid) { return StatusBytes(pid, "VmHWM:"); }

void ResetPeak(pid_t pid) { std::ofstream(absl::StrCat("/proc/", pid, "/clear_refs")) << "5"; }

void RaiseOpenFileLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace evertoken::bench
