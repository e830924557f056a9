#ifndef EVERTOKEN_TESTS_BENCH_DUE_H_
#define EVERTOKEN_TESTS_BENCH_DUE_H_

#include "absl/status/status.h"
#include "tests/bench/bench_site.h"
#include "tests/bench/figures.h"

namespace evertoken::bench {

// due_drain_rps: how many due grants a second one server renews without callers, out of a backlog in Redis, by a provider that answers
// at once; due_backlog_bytes_each: what an entry of the due queue takes of Redis' memory, beside its grant.
absl::Status MeasureDue(BenchSite* site, Figures* figures);

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_DUE_H_
