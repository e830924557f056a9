#include "tests/bench/due.h"

#include <signal.h>
#include <stdlib.h>

#include <memory>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace evertoken::bench {
namespace {

constexpr int kGrants = 10000;
// Expired tokens of a proactive app are due so long after their login (kShortestInterval), and the server looks every few seconds.
constexpr absl::Duration kUntilDue = absl::Seconds(31);
constexpr absl::Duration kPatience = absl::Minutes(2);

int64_t Calls(BenchSite* site) { return site->provider().token_calls("refresh_token"); }

// Waits until the provider was asked so often, and tells when.
absl::StatusOr<absl::Time> WaitForCalls(BenchSite* site, int64_t calls) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (Calls(site) < calls) {
    if (absl::Now() > deadline)
      return absl::DeadlineExceededError(absl::StrCat("only ", Calls(site), " calls came"));
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::Now();
}

absl::StatusOr<std::unique_ptr<BenchServer>> StartServer(BenchSite* site) {
  demo::ServerOptions options = site->ServerOptionsFor("redis");
  absl::StrAppend(&options.more, "\nkeep_alive: {rate: 100000, concurrent: 2000}");
  // The demo's app is on demand; the environment wins.
  setenv("EVERTOKEN_APPS__0__KEEP_ALIVE", "proactive", /*overwrite=*/1);
  const absl::Cleanup unset = [] { unsetenv("EVERTOKEN_APPS__0__KEEP_ALIVE"); };
  return BenchServer::Start(options, &site->provider());
}

}  // namespace

absl::Status MeasureDue(BenchSite* site, Figures* figures) {
  if (site->redis() == nullptr) {
    figures->Skip("due_drain_rps", "redis-server is not installed");
    figures->Skip("due_backlog_bytes_each", "redis-server is not installed");
    return absl::OkStatus();
  }
  const absl::StatusOr<std::unique_ptr<BenchServer>> server = StartServer(site);
  if (!server.ok()) return server.status();
  const int64_t before = Calls(site);
  const absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(kGrants);
  if (!grants.ok()) return grants.status();
  // Held until all of them are due: a backlog.
  kill((*server)->pid(), SIGSTOP);
  const int64_t bytes = site->redis()->BytesOfKeys("*:d:{*}");
  figures->Add("due_backlog_bytes_each", static_cast<double>(bytes) / kGrants, "bytes");
  absl::SleepFor(kUntilDue);
  if (Calls(site) != before)
    return absl::InternalError("grants were renewed before there was a backlog");
  kill((*server)->pid(), SIGCONT);
  const absl::StatusOr<absl::Time> first = WaitForCalls(site, before + 1);
  if (!first.ok()) return first.status();
  const absl::StatusOr<absl::Time> last = WaitForCalls(site, before + kGrants);
  if (!last.ok()) return last.status();
  figures->Add("due_drain_rps", kGrants / absl::ToDoubleSeconds(*last - *first), "renewals/s");
  return absl::OkStatus();
}

}  // namespace evertoken::bench
