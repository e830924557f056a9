#include "tests/bench/footprint.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/process_stats.h"
#include "tests/demo/scripted_browser.h"

namespace evertoken::bench {
namespace {

constexpr int kStarts = 5;
constexpr absl::Duration kReadyTimeout = absl::Seconds(20);
constexpr int kGrants = 2000;

absl::Status WaitUntilReady(int web_port) {
  demo::ScriptedBrowser browser;
  const absl::Time deadline = absl::Now() + kReadyTimeout;
  while (absl::Now() < deadline) {
    const absl::StatusOr<demo::Page> page =
        browser.Open(absl::StrCat("http://127.0.0.1:", web_port, "/readyz"));
    if (page.ok() && page->status == 200) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::DeadlineExceededError("the server did not become ready");
}

int64_t TokenBytes(const std::vector<BenchGrant>& grants, const std::string& id_token) {
  int64_t bytes = 0;
  for (const BenchGrant& grant : grants) {
    bytes += static_cast<int64_t>(grant.provider_tokens.access_token.size() +
                                  grant.provider_tokens.refresh_token.size() + id_token.size());
  }
  return bytes;
}

// Starts a server on `options`, makes grants, and stops it, so that everything is where it stays.
absl::StatusOr<std::vector<BenchGrant>> FillStore(BenchSite* site,
                                                  const demo::ServerOptions& options, int count) {
  const absl::StatusOr<std::unique_ptr<BenchServer>> server =
      BenchServer::Start(options, &site->provider());
  if (!server.ok()) return server.status();
  absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(count);
  (*server)->process().process().Stop(absl::Seconds(10));
  return grants;
}

// The database with what belongs to it.
int64_t DatabaseBytes(const std::string& directory) {
  int64_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code error;
    const auto size =
        std::filesystem::file_size(absl::StrCat(directory, "/evertoken.db", suffix), error);
    if (!error) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

}  // namespace

absl::Status MeasureStart(BenchSite* site, Figures* figures) {
  std::vector<double> milliseconds;
  std::vector<double> mebibytes;
  for (int i = 0; i < kStarts; ++i) {
    const demo::ServerOptions options = site->ServerOptionsFor("sqlite");
    const absl::Time start = absl::Now();
    const absl::StatusOr<std::unique_ptr<BenchServer>> server =
        BenchServer::Start(options, &site->provider());
    if (!server.ok()) return server.status();
    if (absl::Status ready = WaitUntilReady((*server)->process().web_port()); !ready.ok())
      return ready;
    milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
    absl::SleepFor(absl::Milliseconds(300));  // what start left to be done
    mebibytes.push_back(static_cast<double>(ResidentBytesOf((*server)->pid())) / (1024 * 1024));
  }
  figures->Add("startup_ms", Median(milliseconds), "ms");
  figures->Add("idle_rss_mib", Median(mebibytes), "MiB");
  return absl::OkStatus();
}

absl::Status MeasureGrantSize(BenchSite* site, Figures* figures) {
  const int64_t id_token_bytes =
      static_cast<int64_t>(site->provider().IssueIdToken("bench").size());
  const std::string id_token(static_cast<size_t>(id_token_bytes), 'x');

  const demo::ServerOptions empty = site->ServerOptionsFor("sqlite");
  if (const auto none = FillStore(site, empty, 1); !none.ok()) return none.status();
  const demo::ServerOptions full = site->ServerOptionsFor("sqlite");
  const absl::StatusOr<std::vector<BenchGrant>> in_sqlite = FillStore(site, full, kGrants);
  if (!in_sqlite.ok()) return in_sqlite.status();
  const int64_t in_file = DatabaseBytes(full.directory) - DatabaseBytes(empty.directory);
  figures->Add("grant_bytes_sqlite",
               static_cast<double>(in_file - TokenBytes(*in_sqlite, id_token)) / kGrants, "bytes");

  if (site->redis() == nullptr) {
    figures->Skip("grant_bytes_redis", "redis-server is not installed");
    return absl::OkStatus();
  }
  const int64_t before = site->redis()->UsedBytes();
  const absl::StatusOr<std::vector<BenchGrant>> in_redis =
      FillStore(site, site->ServerOptionsFor("redis"), kGrants);
  if (!in_redis.ok()) return in_redis.status();
  const int64_t in_memory = site->redis()->UsedBytes() - before;
  figures->Add("grant_bytes_redis",
               static_cast<double>(in_memory - TokenBytes(*in_redis, id_token)) / kGrants, "bytes");
  return absl::OkStatus();
}

}  // namespace evertoken::bench
