#ifndef EVERTOKEN_TESTS_BENCH_BENCH_SITE_H_
#define EVERTOKEN_TESTS_BENCH_BENCH_SITE_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/load_client.h"
#include "tests/bench/redis_process.h"
#include "tests/demo/child_process.h"
#include "tests/demo/demo_provider.h"
#include "tests/demo/server_process.h"

namespace evertoken::bench {

inline constexpr char kExchangeToken[] = "/evertoken.v1.TokenService/ExchangeToken";
inline constexpr char kIntrospectToken[] = "/evertoken.v1.TokenService/IntrospectToken";
inline constexpr char kRefreshToken[] = "/evertoken.v1.TokenService/RefreshToken";
inline constexpr char kGetRefreshedProfile[] = "/evertoken.v1.TokenService/GetRefreshedProfile";
inline constexpr char kEcho[] = "/evertoken.bench.EchoService/Echo";

// What the provider issued for a grant, and what the server made of it.
struct BenchGrant {
  demo::IssuedTokens provider_tokens;
  std::string access_token;
};

// A server process with a client for it.
class BenchServer {
 public:
  // The server, ready. `provider` must outlive it.
  static absl::StatusOr<std::unique_ptr<BenchServer>> Start(const demo::ServerOptions& options,
                                                            demo::DemoProvider* provider);

  LoadClient& client() { return *client_; }
  demo::ServerProcess& process() { return *process_; }
  pid_t pid() { return process_->process().pid(); }

  // Grants whose provider tokens have expired, so that the next refresh must ask the provider.
  absl::StatusOr<std::vector<BenchGrant>> MakeGrants(int count);

 private:
  BenchServer(demo::DemoProvider* provider, std::unique_ptr<demo::ServerProcess> process);

  demo::DemoProvider* const provider_;
  const std::unique_ptr<demo::ServerProcess> process_;
  const std::unique_ptr<LoadClient> client_;
  const std::string id_token_;
};

// What all measurements share: a provider in this process, a Redis server if there is one, a folder for each server, and where
// the programs are.
class BenchSite {
 public:
  struct Options {
    std::string server_binary;
    std::string echo_binary;
    std::string directory;  // must exist
  };

  static absl::StatusOr<std::unique_ptr<BenchSite>> Open(const Options& options);

  demo::DemoProvider& provider() { return *provider_; }
  const std::string& echo_binary() const { return options_.echo_binary; }

  // Null when redis-server is not installed.
  RedisProcess* redis() { return redis_.get(); }
  // The stores that can be measured here: memory, sqlite, and redis if there is one.
  std::vector<std::string> stores() const;

  // Configuration of a server with a store of its own: `memory`, `sqlite`, `redis`, or `redis_uncached`, which is redis
  // without the near cache.
  demo::ServerOptions ServerOptionsFor(const std::string& store);

  // A folder of its own below the site's.
  std::string NewDirectory(const std::string& name);

  absl::StatusOr<std::unique_ptr<BenchServer>> StartServer(const std::string& store);

  // Servers that share a store, `redis`, and keys: a grant of one is a grant of all. Needs redis().
  absl::StatusOr<std::vector<std::unique_ptr<BenchServer>>> StartReplicas(int count);

 private:
  explicit BenchSite(const Options& options) : options_(options) {}

  const Options options_;
  std::unique_ptr<demo::DemoProvider> provider_;
  std::unique_ptr<RedisProcess> redis_;
  int directories_ = 0;
};

// The requests that refresh, introspect or fetch these grants.
std::vector<std::string> RefreshRequests(const std::vector<BenchGrant>& grants);
std::vector<std::string> IntrospectRequests(const std::vector<BenchGrant>& grants);
std::vector<std::string> CachedProfileRequests(const std::vector<BenchGrant>& grants);

// OK, or what the first failed call said.
absl::Status ErrorsOf(const std::string& what, const LoadResult& result);

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_BENCH_SITE_H_
