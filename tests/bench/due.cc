#include "tests/bench/due.h"

#include <stdlib.h>

#include <memory>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

ABSL_FLAG(int, due_grants, 10000, "grants in the backlog of `due`");

namespace evertoken::bench {
namespace {

// Expired tokens of a proactive app are due so long after their login (kShortestInterval).
constexpr absl::Duration kUntilDue = absl::Seconds(31);
// A server that is slower than this is taken for stuck.
constexpr double kSlowest = 200;  // renewals a second
constexpr absl::Duration kPatience = absl::Minutes(2);

int64_t Calls(BenchSite* site) { return site->provider().token_calls("refresh_token"); }

// Waits until the provider was asked so often, and tells when.
absl::StatusOr<absl::Time> WaitForCalls(BenchSite* site, int64_t calls) {
  const auto missing = static_cast<double>(calls - Calls(site));
  const absl::Time deadline = absl::Now() + kPatience + absl::Seconds(missing / kSlowest);
  while (Calls(site) < calls) {
    if (absl::Now() > deadline)
      return absl::DeadlineExceededError(absl::StrCat("only ", Calls(site), " calls came"));
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::Now();
}

absl::StatusOr<std::unique_ptr<BenchServer>> StartServer(BenchSite* site,
                                                         demo::ServerOptions options,
                                                         absl::string_view rate) {
  absl::StrAppend(&options.more, "\nkeep_alive: {rate: ", rate, ", concurrent: 4000}");
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
  const int count = absl::GetFlag(FLAGS_due_grants);
  const int64_t before = Calls(site);
  demo::ServerOptions options = site->ServerOptionsFor("redis");
  // Renews next to nothing while the backlog is made.
  absl::StatusOr<std::unique_ptr<BenchServer>> idle = StartServer(site, options, "0.1");
  if (!idle.ok()) return idle.status();
  if (const auto grants = (*idle)->MakeGrants(count); !grants.ok()) return grants.status();
  const int64_t bytes = site->redis()->BytesOfKeys("*:d:{*}");
  figures->Add("due_backlog_bytes_each", static_cast<double>(bytes) / count, "bytes");
  absl::SleepFor(kUntilDue);
  options.directory = site->NewDirectory("due");
  options.sibling = &(*idle)->process();
  const int64_t early = Calls(site) - before;
  const absl::StatusOr<std::unique_ptr<BenchServer>> server = StartServer(site, options, "100000");
  if (!server.ok()) return server.status();
  idle->reset();
  const absl::StatusOr<absl::Time> first = WaitForCalls(site, before + early + 1);
  if (!first.ok()) return first.status();
  // What the idle server had claimed when it ended stays hidden for a minute.
  const int64_t most = early + (count - early) * 99 / 100;
  const absl::StatusOr<absl::Time> last = WaitForCalls(site, before + most);
  if (!last.ok()) return last.status();
  figures->Add("due_drain_rps",
               static_cast<double>(most - early) / absl::ToDoubleSeconds(*last - *first),
               "renewals/s");
  if (const auto all = WaitForCalls(site, before + count); !all.ok()) return all.status();
  if (Calls(site) != before + count)
    return absl::InternalError("grants were renewed more than once");
  return absl::OkStatus();
}

}  // namespace evertoken::bench
