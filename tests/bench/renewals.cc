#include "tests/bench/renewals.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/process_stats.h"

namespace evertoken::bench {
namespace {

constexpr absl::Duration kProviderDelay = absl::Milliseconds(200);
constexpr int kRenewalRounds = 3;
constexpr int kRenewalsPerRound = 2000;
constexpr int kRenewalsInFlight = 128;
constexpr int kStormCallers = 1000;
constexpr int kStormRounds = 3;
constexpr int kInFlightRenewals = 10000;

absl::Status MeasureRenewalsOn(BenchSite* site, const std::string& store, Figures* figures) {
  const absl::StatusOr<std::unique_ptr<BenchServer>> server = site->StartServer(store);
  if (!server.ok()) return server.status();
  std::vector<double> per_second;
  std::vector<double> cpu_seconds;
  for (int i = 0; i < kRenewalRounds; ++i) {
    const absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(kRenewalsPerRound);
    if (!grants.ok()) return grants.status();
    const int64_t asked = site->provider().token_calls("refresh_token");
    const absl::Duration cpu = CpuTimeOf((*server)->pid());
    const LoadResult result =
        (*server)->client().SendAll(kRefreshToken, RefreshRequests(*grants), kRenewalsInFlight);
    cpu_seconds.push_back(absl::ToDoubleSeconds(CpuTimeOf((*server)->pid()) - cpu) * 1000 /
                          kRenewalsPerRound);
    if (absl::Status errors = ErrorsOf("renewing", result); !errors.ok()) return errors;
    if (site->provider().token_calls("refresh_token") - asked != kRenewalsPerRound) {
      return absl::InternalError("renewals and provider calls differ");
    }
    per_second.push_back(result.PerSecond());
  }
  figures->Add(absl::StrCat("refresh_rps_", store), Median(per_second), "renewals/s");
  figures->Add(absl::StrCat("refresh_cpu_s_per_1000_", store), Median(cpu_seconds), "s");
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureRenewals(BenchSite* site, Figures* figures) {
  for (const std::string& store : site->stores()) {
    if (absl::Status done = MeasureRenewalsOn(site, store, figures); !done.ok()) return done;
  }
  if (site->redis() == nullptr) figures->Skip("refresh_rps_redis", "redis-server is not installed");
  return absl::OkStatus();
}

absl::Status MeasureStorm(BenchSite* site, Figures* figures) {
  const absl::StatusOr<std::unique_ptr<BenchServer>> server = site->StartServer("sqlite");
  if (!server.ok()) return server.status();
  const absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(kStormRounds + 1);
  if (!grants.ok()) return grants.status();
  // The first grant warms the connections.
  const std::vector<std::string> all = RefreshRequests(*grants);
  (*server)->client().SendAll(kRefreshToken, std::vector<std::string>(kStormCallers, all[0]),
                              kStormCallers);
  site->provider().SetTokenDelay(kProviderDelay);
  const absl::Cleanup undelay = [site] { site->provider().SetTokenDelay(absl::ZeroDuration()); };
  int64_t most_calls = 0;
  int64_t errors = 0;
  std::vector<double> p99;
  std::vector<double> slowest;
  for (int i = 1; i <= kStormRounds; ++i) {
    const int64_t asked = site->provider().token_calls("refresh_token");
    const LoadResult result = (*server)->client().SendAll(
        kRefreshToken, std::vector<std::string>(kStormCallers, all[static_cast<size_t>(i)]),
        kStormCallers);
    most_calls = std::max(most_calls, site->provider().token_calls("refresh_token") - asked);
    errors += result.errors;
    p99.push_back(absl::ToDoubleMilliseconds(result.Percentile(0.99)));
    slowest.push_back(absl::ToDoubleMilliseconds(result.Percentile(1)));
  }
  figures->Add("storm_provider_calls", static_cast<double>(most_calls), "calls");
  figures->Add("storm_errors", static_cast<double>(errors), "calls");
  figures->Add("storm_p99_ms", Median(p99), "ms");
  figures->Add("storm_slowest_ms", Median(slowest), "ms");
  return absl::OkStatus();
}

absl::Status MeasureInFlight(BenchSite* site, Figures* figures) {
  const absl::StatusOr<std::unique_ptr<BenchServer>> server = site->StartServer("memory");
  if (!server.ok()) return server.status();
  const absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(kInFlightRenewals);
  if (!grants.ok()) return grants.status();
  site->provider().SetTokenDelay(kProviderDelay);
  const absl::Cleanup undelay = [site] { site->provider().SetTokenDelay(absl::ZeroDuration()); };
  ResetPeak((*server)->pid());
  const int64_t before = ResidentBytesOf((*server)->pid());
  const LoadResult result =
      (*server)->client().SendAll(kRefreshToken, RefreshRequests(*grants), kInFlightRenewals);
  const int64_t growth = PeakResidentBytesOf((*server)->pid()) - before;
  figures->Add("inflight_errors", static_cast<double>(result.errors), "calls");
  figures->Add("inflight_bytes_each", static_cast<double>(growth) / kInFlightRenewals, "bytes");
  figures->Add("inflight_seconds", absl::ToDoubleSeconds(result.took), "s");
  return ErrorsOf("renewing", result);
}

}  // namespace evertoken::bench
