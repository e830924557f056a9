#ifndef EVERTOKEN_TESTS_BENCH_REPLICAS_H_
#define EVERTOKEN_TESTS_BENCH_REPLICAS_H_

#include "absl/status/status.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/figures.h"

namespace evertoken::bench {

// waiter_p50_ms, waiter_p99_ms, waiter_p999_ms: three replicas are called for the same expired grant at once; how much later than the
// replica that asked the provider the other two answer.
absl::Status MeasureWaiters(BenchSite* site, Figures* figures);

// renewal_store_round_trips: what one renewal asks of Redis, counted there.
absl::Status MeasureRoundTrips(BenchSite* site, Figures* figures);

// three_replica_provider_calls, three_replica_errors, three_replica_slowest_ms: 1,000 callers at once on one expired grant at three
// replicas, provider 200 ms.
absl::Status MeasureReplicaStorm(BenchSite* site, Figures* figures);

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_REPLICAS_H_
