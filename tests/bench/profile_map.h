#ifndef EVERTOKEN_TESTS_BENCH_PROFILE_MAP_H_
#define EVERTOKEN_TESTS_BENCH_PROFILE_MAP_H_

#include "absl/status/status.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/figures.h"

namespace evertoken::bench {

// From a provider's text to a normalized profile, in this process: a document of 20 KB, nearly half of it in lists, and a map of 60
// fields. profile_map_us: the processor's time for one, the median of 100 batches of 100.
absl::Status MeasureProfileMap(BenchSite* site, Figures* figures);

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_PROFILE_MAP_H_
