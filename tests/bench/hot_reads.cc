#include "tests/bench/hot_reads.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/echo.pb.h"

namespace evertoken::bench {
namespace {

constexpr int kRounds = 5;
constexpr absl::Duration kRound = absl::Milliseconds(600);
constexpr int kInFlight = 64;
constexpr int kGrants = 1000;

// Something to be called round after round.
struct Contender {
  LoadClient* client = nullptr;
  std::string method;
  std::vector<std::string> requests;
  std::vector<double> per_second = {};
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

absl::Status RunRound(const std::vector<Contender*>& contenders, absl::Duration duration,
                      bool counts) {
  for (Contender* contender : contenders) {
    const LoadResult result =
        contender->client->SendFor(contender->method, contender->requests, kInFlight, duration);
    if (absl::Status errors = ErrorsOf(contender->method, result); !errors.ok()) return errors;
    if (counts) contender->per_second.push_back(result.PerSecond());
  }
  return absl::OkStatus();
}

absl::Status RunRounds(const std::vector<Contender*>& contenders) {
  absl::Status done =
      RunRound(contenders, kRound / 2, /*counts=*/false);  // warm connections and caches
  for (int i = 0; i < kRounds && done.ok(); ++i)
    done = RunRound(contenders, kRound, /*counts=*/true);
  return done;
}

double MedianRatio(const Contender& contender, const Contender& echo) {
  std::vector<double> ratios;
  for (size_t i = 0; i < echo.per_second.size(); ++i)
    ratios.push_back(contender.per_second[i] / echo.per_second[i]);
  return Median(std::move(ratios));
}

// Introspection on every store against one echo.
absl::Status MeasureIntrospection(BenchSite* site, LoadClient* echo_client, Figures* figures) {
  std::vector<std::string> stores = site->stores();
  if (site->redis() != nullptr) stores.push_back("redis_uncached");
  std::vector<std::unique_ptr<BenchServer>> servers;
  std::vector<std::unique_ptr<Contender>> reads;
  for (const std::string& store : stores) {
    absl::StatusOr<std::unique_ptr<BenchServer>> server = site->StartServer(store);
    if (!server.ok()) return server.status();
    absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(kGrants);
    if (!grants.ok()) return grants.status();
    reads.push_back(std::make_unique<Contender>(
        Contender{&(*server)->client(), kIntrospectToken, IntrospectRequests(*grants)}));
    servers.push_back(*std::move(server));
  }
  const absl::StatusOr<std::string> echo_request = EchoRequestLike(*reads[0]);
  if (!echo_request.ok()) return echo_request.status();
  Contender echo{echo_client, kEcho, {*echo_request}};
  std::vector<Contender*> all = {&echo};
  for (const std::unique_ptr<Contender>& read : reads) all.push_back(read.get());
  if (absl::Status done = RunRounds(all); !done.ok()) return done;
  figures->Add("echo_rps", Median(echo.per_second), "calls/s");
  for (size_t i = 0; i < stores.size(); ++i) {
    figures->Add(absl::StrCat("introspect_", stores[i], "_ratio"), MedianRatio(*reads[i], echo),
                 "ratio");
  }
  if (site->redis() == nullptr)
    figures->Skip("introspect_redis_ratio", "redis-server is not installed");
  return absl::OkStatus();
}

// Profiles that were fetched before, on the embedded store.
absl::Status MeasureProfiles(BenchSite* site, LoadClient* echo_client, Figures* figures) {
  const absl::StatusOr<std::unique_ptr<BenchServer>> server = site->StartServer("sqlite");
  if (!server.ok()) return server.status();
  const absl::StatusOr<std::vector<BenchGrant>> grants = (*server)->MakeGrants(kGrants);
  if (!grants.ok()) return grants.status();
  Contender profiles{&(*server)->client(), kGetRefreshedProfile, CachedProfileRequests(*grants)};
  const LoadResult fetched =
      profiles.client->SendAll(profiles.method, profiles.requests, kInFlight);
  if (absl::Status errors = ErrorsOf("fetching profiles", fetched); !errors.ok()) return errors;
  const absl::StatusOr<std::string> echo_request = EchoRequestLike(profiles);
  if (!echo_request.ok()) return echo_request.status();
  Contender echo{echo_client, kEcho, {*echo_request}};
  const int64_t asked = site->provider().userinfo_calls();
  if (absl::Status done = RunRounds({&echo, &profiles}); !done.ok()) return done;
  if (site->provider().userinfo_calls() != asked)
    return absl::InternalError("cached profiles were fetched again");
  figures->Add("profile_cached_ratio", MedianRatio(profiles, echo), "ratio");
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureHotReads(BenchSite* site, Figures* figures) {
  int port = 0;
  const absl::StatusOr<std::unique_ptr<demo::ChildProcess>> echo = StartEcho(site, &port);
  if (!echo.ok()) return echo.status();
  LoadClient client(absl::StrCat("127.0.0.1:", port),
                    absl::StrCat("Basic ", std::string(64, 'e')));  // as long as an app's
  absl::Status done = MeasureIntrospection(site, &client, figures);
  if (!done.ok()) return done;
  return MeasureProfiles(site, &client, figures);
}

}  // namespace evertoken::bench
