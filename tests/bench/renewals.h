#ifndef EVERTOKEN_TESTS_BENCH_RENEWALS_H_
#define EVERTOKEN_TESTS_BENCH_RENEWALS_H_

#include "absl/status/status.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/figures.h"

namespace evertoken::bench {

// refresh_rps_{memory,sqlite,redis} and refresh_cpu_s_per_1000_…: distinct expired grants, a provider that answers at once.
absl::Status MeasureRenewals(BenchSite* site, Figures* figures);

// storm_provider_calls, storm_errors, storm_p99_ms, storm_slowest_ms: 1,000 callers at once on one expired grant, provider 200 ms.
absl::Status MeasureStorm(BenchSite* site, Figures* figures);

// inflight_errors, inflight_bytes_each: 10,000 renewals at once, provider 200 ms; what the server grows by, for each.
absl::Status MeasureInFlight(BenchSite* site, Figures* figures);

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_RENEWALS_H_
