#ifndef EVERTOKEN_TESTS_BENCH_FOOTPRINT_H_
#define EVERTOKEN_TESTS_BENCH_FOOTPRINT_H_

#include "absl/status/status.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/figures.h"

namespace evertoken::bench {

// startup_ms: from the start of the process to ready. idle_rss_mib: memory of a server on the embedded store that did nothing yet.
absl::Status MeasureStart(BenchSite* site, Figures* figures);

// grant_bytes_{sqlite,redis}: what a stored grant takes beyond the provider's tokens in it.
absl::Status MeasureGrantSize(BenchSite* site, Figures* figures);

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_FOOTPRINT_H_
