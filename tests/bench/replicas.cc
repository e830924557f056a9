#include "tests/bench/replicas.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"

namespace evertoken::bench {
namespace {

using Replicas = std::vector<std::unique_ptr<BenchServer>>;

constexpr int kReplicas = 3;
constexpr absl::Duration kProviderDelay = absl::Milliseconds(200);
// Long enough for the callers of all replicas to arrive, short enough to be repeated.
constexpr absl::Duration kWaitedForDelay = absl::Milliseconds(100);
constexpr int kWaiterRounds = 120;
constexpr int kGrantsPerRound = 10;
constexpr int kRoundTripRounds = 5;
constexpr int kRenewalsPerRound = 200;
constexpr int kStormCallers = 1000;
constexpr int kStormRounds = 3;

absl::Status NoRedis(Figures* figures, const std::string& name) {
  figures->Skip(name, "redis-server is not installed");
  return absl::OkStatus();
}

// The same requests at all replicas at once. `observer` also gets the replica's number.
std::vector<LoadResult> SendToAll(
    const Replicas& replicas, const std::vector<std::vector<std::string>>& requests,
    const std::function<void(size_t replica, size_t index)>& observer = nullptr) {
  std::vector<LoadResult> results(replicas.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < replicas.size(); ++i) {
    threads.emplace_back([&, i] {
      LoadClient::Observer on_answer;
      if (observer != nullptr)
        on_answer = [&observer, i](size_t index, const std::string&) { observer(i, index); };
      results[i] = replicas[i]->client().SendAll(kRefreshToken, requests[i],
                                                 static_cast<int>(requests[i].size()), on_answer);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return results;
}

// How much later than the first answer for a grant the others came.
absl::Status MeasureRound(const Replicas& replicas, const std::vector<std::string>& requests,
                          std::vector<double>* waits_ms) {
  std::vector<std::vector<absl::Time>> answered(replicas.size(),
                                                std::vector<absl::Time>(requests.size()));
  const std::vector<LoadResult> results = SendToAll(
      replicas, std::vector<std::vector<std::string>>(replicas.size(), requests),
      [&answered](size_t replica, size_t index) { answered[replica][index] = absl::Now(); });
  for (const LoadResult& result : results) {
    if (absl::Status errors = ErrorsOf("waiting", result); !errors.ok()) return errors;
  }
  for (size_t grant = 0; grant < requests.size(); ++grant) {
    std::vector<absl::Time> times;
    for (const std::vector<absl::Time>& replica : answered) times.push_back(replica[grant]);
    std::sort(times.begin(), times.end());
    for (size_t i = 1; i < times.size(); ++i)
      waits_ms->push_back(absl::ToDoubleMilliseconds(times[i] - times[0]));
  }
  return absl::OkStatus();
}

double Percentile(const std::vector<double>& sorted, double fraction) {
  return sorted[static_cast<size_t>(fraction * static_cast<double>(sorted.size() - 1) + 0.5)];
}

}  // namespace

absl::Status MeasureWaiters(BenchSite* site, Figures* figures) {
  if (site->redis() == nullptr) return NoRedis(figures, "waiter_p50_ms");
  const absl::StatusOr<Replicas> replicas = site->StartReplicas(kReplicas);
  if (!replicas.ok()) return replicas.status();
  site->provider().SetTokenDelay(kWaitedForDelay);
  const absl::Cleanup undelay = [site] { site->provider().SetTokenDelay(absl::ZeroDuration()); };
  std::vector<double> waits;
  // The first round warms the connections.
  for (int round = -1; round < kWaiterRounds; ++round) {
    const absl::StatusOr<std::vector<BenchGrant>> grants =
        replicas->front()->MakeGrants(kGrantsPerRound);
    if (!grants.ok()) return grants.status();
    const int64_t asked = site->provider().token_calls("refresh_token");
    if (round == 0) waits.clear();
    absl::Status measured = MeasureRound(*replicas, RefreshRequests(*grants), &waits);
    if (!measured.ok()) return measured;
    if (site->provider().token_calls("refresh_token") - asked != kGrantsPerRound)
      return absl::InternalError("a grant was not renewed exactly once");
  }
  std::sort(waits.begin(), waits.end());
  figures->Add("waiter_p50_ms", Percentile(waits, 0.5), "ms");
  figures->Add("waiter_p99_ms", Percentile(waits, 0.99), "ms");
  figures->Add("waiter_p999_ms", Percentile(waits, 0.999), "ms");
  return absl::OkStatus();
}

absl::Status MeasureRoundTrips(BenchSite* site, Figures* figures) {
  if (site->redis() == nullptr) return NoRedis(figures, "renewal_store_round_trips");
  const absl::StatusOr<std::unique_ptr<BenchServer>> server = site->StartServer("redis");
  if (!server.ok()) return server.status();
  // The least of several rounds: a server also looks at its store when nobody calls.
  std::vector<double> each;
  for (int round = 0; round < kRoundTripRounds; ++round) {
    const absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(kRenewalsPerRound);
    if (!grants.ok()) return grants.status();
    const int64_t before = site->redis()->ScriptCalls();
    const LoadResult result =
        (*server)->client().SendAll(kRefreshToken, RefreshRequests(*grants), kRenewalsPerRound);
    if (absl::Status errors = ErrorsOf("renewing", result); !errors.ok()) return errors;
    each.push_back(static_cast<double>(site->redis()->ScriptCalls() - before) / kRenewalsPerRound);
  }
  figures->Add("renewal_store_round_trips", *std::min_element(each.begin(), each.end()),
               "round trips");
  return absl::OkStatus();
}

absl::Status MeasureReplicaStorm(BenchSite* site, Figures* figures) {
  if (site->redis() == nullptr) return NoRedis(figures, "three_replica_provider_calls");
  const absl::StatusOr<Replicas> replicas = site->StartReplicas(kReplicas);
  if (!replicas.ok()) return replicas.status();
  const absl::StatusOr<std::vector<BenchGrant>> grants =
      replicas->front()->MakeGrants(kStormRounds + 1);
  if (!grants.ok()) return grants.status();
  site->provider().SetTokenDelay(kProviderDelay);
  const absl::Cleanup undelay = [site] { site->provider().SetTokenDelay(absl::ZeroDuration()); };
  int64_t most_calls = 0;
  int64_t errors = 0;
  std::vector<double> slowest;
  // The first grant warms the connections.
  const std::vector<std::string> all = RefreshRequests(*grants);
  for (size_t round = 0; round < all.size(); ++round) {
    std::vector<std::vector<std::string>> requests(kReplicas);
    for (size_t caller = 0; caller < kStormCallers; ++caller)
      requests[caller % kReplicas].push_back(all[round]);
    const int64_t asked = site->provider().token_calls("refresh_token");
    const std::vector<LoadResult> results = SendToAll(*replicas, requests);
    if (round == 0) continue;
    most_calls = std::max(most_calls, site->provider().token_calls("refresh_token") - asked);
    absl::Duration longest;
    for (const LoadResult& result : results) {
      errors += result.errors;
      longest = std::max(longest, result.Percentile(1));
    }
    slowest.push_back(absl::ToDoubleMilliseconds(longest));
  }
  figures->Add("three_replica_provider_calls", static_cast<double>(most_calls), "calls");
  figures->Add("three_replica_errors", static_cast<double>(errors), "calls");
  figures->Add("three_replica_slowest_ms", Median(slowest), "ms");
  return absl::OkStatus();
}

}  // namespace evertoken::bench
