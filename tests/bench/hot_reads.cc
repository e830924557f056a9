#include "tests/bench/hot_reads.h"

#include <sys/types.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/echo.pb.h"
#include "tests/bench/process_stats.h"

namespace evertoken::bench {
namespace {

constexpr int kRounds = 5;
constexpr absl::Duration kRound = absl::Milliseconds(500);
constexpr int kInFlight = 64;
constexpr int kGrants = 1000;

// Something to be called round after round, and what the rounds gave.
struct Contender {
  LoadClient* client = nullptr;
  pid_t server = 0;
  std::string method;
  std::vector<std::string> requests;
  std::vector<double> per_second = {};
  std::vector<double> server_microseconds = {};  // of processor time, for one call
};

absl::StatusOr<std::unique_ptr<demo::ChildProcess>> StartEcho(BenchSite* site, int* port) {
  absl::StatusOr<std::unique_ptr<demo::ChildProcess>> echo = demo::ChildProcess::Start(
      {site->echo_binary()}, absl::StrCat(site->NewDirectory("echo"), "/log"));
  if (!echo.ok()) return echo.status();
  const absl::StatusOr<std::string> line = (*echo)->ReadLine(absl::Seconds(20));
  if (!line.ok()) return line.status();
  if (!absl::SimpleAtoi(*line, port)) return absl::InternalError("the echo server printed no port");
  return echo;
}

// An echo with the sizes of the contender's requests and responses.
absl::StatusOr<std::string> EchoRequestLike(const Contender& contender) {
  size_t reply_bytes = 0;
  const LoadResult probe = contender.client->SendAll(
      contender.method, {contender.requests[0]}, 1,
      [&reply_bytes](size_t, const std::string& reply) { reply_bytes = reply.size(); });
  absl::Status errors = ErrorsOf(contender.method, probe);
  if (!errors.ok()) return errors;
  EchoRequest request;
  request.set_reply_bytes(static_cast<uint32_t>(reply_bytes));
  const size_t header = request.ByteSizeLong() + 2;
  if (contender.requests[0].size() > header)
    request.set_payload(std::string(contender.requests[0].size() - header, 'x'));
  return request.SerializeAsString();
}

absl::Status RunOnce(Contender* contender, absl::Duration duration) {
  const absl::Duration cpu = CpuTimeOf(contender->server);
  const LoadResult result =
      contender->client->SendFor(contender->method, contender->requests, kInFlight, duration);
  if (absl::Status errors = ErrorsOf(contender->method, result); !errors.ok()) return errors;
  contender->per_second.push_back(result.PerSecond());
  contender->server_microseconds.push_back(
      absl::ToDoubleMicroseconds(CpuTimeOf(contender->server) - cpu) /
      static_cast<double>(std::max<int64_t>(1, result.calls)));
  return absl::OkStatus();
}

// Each contender's round follows one of the echo. Gives the ratios of the pairs, by contender.
absl::StatusOr<std::vector<std::vector<double>>> RunRounds(
    Contender* echo, const std::vector<Contender*>& contenders) {
  std::vector<std::vector<double>> ratios(contenders.size());
  for (int round = -1; round < kRounds; ++round) {  // the first warms connections and caches
    for (size_t i = 0; i < contenders.size(); ++i) {
      absl::Status done = RunOnce(echo, kRound);
      if (done.ok()) done = RunOnce(contenders[i], kRound);
      if (!done.ok()) return done;
      if (round < 0) continue;
      ratios[i].push_back(contenders[i]->per_second.back() / echo->per_second.back());
    }
  }
  return ratios;
}

void AddServerTime(const std::string& name, const Contender& contender, Figures* figures) {
  figures->Add(name, Median(contender.server_microseconds), "us");
}

// Introspection on every store against one echo.
absl::Status MeasureIntrospection(BenchSite* site, Contender echo, Figures* figures) {
  std::vector<std::string> stores = site->stores();
  if (site->redis() != nullptr) stores.push_back("redis_uncached");
  std::vector<std::unique_ptr<BenchServer>> servers;
  std::vector<Contender> reads;
  for (const std::string& store : stores) {
    absl::StatusOr<std::unique_ptr<BenchServer>> server = site->StartServer(store);
    if (!server.ok()) return server.status();
    absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(kGrants);
    if (!grants.ok()) return grants.status();
    reads.push_back(
        {&(*server)->client(), (*server)->pid(), kIntrospectToken, IntrospectRequests(*grants)});
    servers.push_back(*std::move(server));
  }
  const absl::StatusOr<std::string> echo_request = EchoRequestLike(reads[0]);
  if (!echo_request.ok()) return echo_request.status();
  echo.requests = {*echo_request};
  std::vector<Contender*> contenders;
  for (Contender& read : reads) contenders.push_back(&read);
  const auto ratios = RunRounds(&echo, contenders);
  if (!ratios.ok()) return ratios.status();
  figures->Add("echo_rps", Median(echo.per_second), "calls/s");
  AddServerTime("echo_server_us", echo, figures);
  for (size_t i = 0; i < stores.size(); ++i) {
    const std::string name = absl::StrCat("introspect_", stores[i]);
    figures->Add(absl::StrCat(name, "_ratio"), Median((*ratios)[i]), "ratio");
    AddServerTime(absl::StrCat(name, "_server_us"), reads[i], figures);
  }
  if (site->redis() == nullptr) {
    figures->Skip("introspect_redis_ratio", "redis-server is not installed");
  }
  return absl::OkStatus();
}

// Profiles that were fetched before, on the embedded store.
absl::Status MeasureProfiles(BenchSite* site, Contender echo, Figures* figures) {
  const absl::StatusOr<std::unique_ptr<BenchServer>> server = site->StartServer("sqlite");
  if (!server.ok()) return server.status();
  const absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(kGrants);
  if (!grants.ok()) return grants.status();
  Contender profiles{&(*server)->client(), (*server)->pid(), kGetRefreshedProfile,
                     CachedProfileRequests(*grants)};
  const LoadResult fetched =
      profiles.client->SendAll(profiles.method, profiles.requests, kInFlight);
  if (absl::Status errors = ErrorsOf("fetching profiles", fetched); !errors.ok()) return errors;
  const absl::StatusOr<std::string> echo_request = EchoRequestLike(profiles);
  if (!echo_request.ok()) return echo_request.status();
  echo.requests = {*echo_request};
  const int64_t asked = site->provider().userinfo_calls();
  const auto ratios = RunRounds(&echo, {&profiles});
  if (!ratios.ok()) return ratios.status();
  if (site->provider().userinfo_calls() != asked) {
    return absl::InternalError("cached profiles were fetched again");
  }
  figures->Add("profile_cached_ratio", Median((*ratios)[0]), "ratio");
  AddServerTime("profile_cached_server_us", profiles, figures);
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureHotReads(BenchSite* site, Figures* figures) {
  int port = 0;
  const absl::StatusOr<std::unique_ptr<demo::ChildProcess>> process = StartEcho(site, &port);
  if (!process.ok()) return process.status();
  // The credentials are as long as an app's.
  LoadClient client(absl::StrCat("127.0.0.1:", port), absl::StrCat("Basic ", std::string(64, 'e')));
  const Contender echo{&client, (*process)->pid(), kEcho, {}};
  absl::Status done = MeasureIntrospection(site, echo, figures);
  if (!done.ok()) return done;
  return MeasureProfiles(site, echo, figures);
}

}  // namespace evertoken::bench
