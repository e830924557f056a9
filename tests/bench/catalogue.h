#ifndef EVERTOKEN_TESTS_BENCH_CATALOGUE_H_
#define EVERTOKEN_TESTS_BENCH_CATALOGUE_H_

#include "absl/status/status.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/figures.h"

namespace evertoken::bench {

// catalogue_load_ms: the shipped catalogue from its text to checked entries, the median of several times. A part of every start.
absl::Status MeasureCatalogue(BenchSite* site, Figures* figures);

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_CATALOGUE_H_
