#ifndef EVERTOKEN_TESTS_BENCH_PROCESS_STATS_H_
#define EVERTOKEN_TESTS_BENCH_PROCESS_STATS_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/time/time.h"

namespace evertoken::bench {

// What a process has used so far; zero when it is gone.
absl::Duration CpuTimeOf(pid_t pid);

// What it holds in memory now, and the most it held since the last ResetPeak.
int64_t ResidentBytesOf(pid_t pid);
int64_t PeakResidentBytesOf(pid_t pid);
void ResetPeak(pid_t pid);

// Permits this process and its children as many open files as the system lets them have.
void RaiseOpenFileLimit();

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_PROCESS_STATS_H_
