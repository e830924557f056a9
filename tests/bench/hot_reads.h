#ifndef EVERTOKEN_TESTS_BENCH_HOT_READS_H_
#define EVERTOKEN_TESTS_BENCH_HOT_READS_H_

#include "absl/status/status.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/figures.h"

namespace evertoken::bench {

// echo_rps, introspect_{memory,sqlite,redis,redis_uncached}_ratio, profile_cached_ratio: reads of valid tokens against a bare echo of
// the same sizes. Each round follows one of the echo, and each ratio is the median of such pairs, so that a machine that is
// busy with something else slows both sides alike. The …_server_us are the server's processor time for one call.
absl::Status MeasureHotReads(BenchSite* site, Figures* figures);

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_HOT_READS_H_
