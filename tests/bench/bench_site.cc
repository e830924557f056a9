#include "tests/bench/bench_site.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "evertoken/v1/token_service.pb.h"

namespace evertoken::bench {
namespace {

constexpr char kUser[] = "bench";
constexpr int kSettingUpInFlight = 100;

// As many connections to the provider as renewals can be in flight.
constexpr char kOutbound[] =
    "outbound: {allow_insecure_loopback: true, connections_per_host: 10000, timeout: 60s}";

std::string ExchangeRequest(const demo::IssuedTokens& tokens, const std::string& id_token) {
  v1::ExchangeTokenRequest request;
  v1::ExchangeTokenRequest::ProviderTokens* const held = request.mutable_provider_tokens();
  held->set_provider("demo");
  held->set_access_token(tokens.access_token);
  held->set_refresh_token(tokens.refresh_token);
  held->set_id_token(id_token);
  held->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) - 1);
  for (const char* scope : {"openid", "profile", "email", "offline_access"})
    held->add_scopes(scope);
  return request.SerializeAsString();
}

}  // namespace

absl::Status ErrorsOf(const std::string& what, const LoadResult& result) {
  if (result.errors == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, ": ", result.errors, " of ", result.calls,
                                          " calls failed; the first: ", result.first_error));
}

absl::StatusOr<std::unique_ptr<BenchServer>> BenchServer::Start(const demo::ServerOptions& options,
                                                                demo::DemoProvider* provider) {
  absl::StatusOr<std::unique_ptr<demo::ServerProcess>> process =
      demo::ServerProcess::Start(options, provider);
  if (!process.ok()) return process.status();
  return std::unique_ptr<BenchServer>(new BenchServer(provider, *std::move(process)));
}

BenchServer::BenchServer(demo::DemoProvider* provider, std::unique_ptr<demo::ServerProcess> process)
    : provider_(provider),
      process_(std::move(process)),
      client_(std::make_unique<LoadClient>(absl::StrCat("127.0.0.1:", process_->grpc_port()),
                                           process_->BasicAuthorization())),
      id_token_(provider->IssueIdToken(kUser)) {}

absl::StatusOr<std::vector<BenchGrant>> BenchServer::MakeGrants(int count) {
  std::vector<BenchGrant> grants(static_cast<size_t>(count));
  std::vector<std::string> requests;
  for (BenchGrant& grant : grants) {
    grant.provider_tokens = provider_->IssueTokens(kUser);
    requests.push_back(ExchangeRequest(grant.provider_tokens, id_token_));
  }
  const LoadResult result = client_->SendAll(kExchangeToken, requests, kSettingUpInFlight,
                                             [&grants](size_t index, const std::string& bytes) {
                                               v1::ExchangeTokenResponse response;
                                               if (!response.ParseFromString(bytes)) return;
                                               grants[index].access_token = response.access_token();
                                             });
  absl::Status errors = ErrorsOf("making grants", result);
  if (!errors.ok()) return errors;
  return grants;
}

absl::StatusOr<std::unique_ptr<BenchSite>> BenchSite::Open(const Options& options) {
  std::unique_ptr<BenchSite> site(new BenchSite(options));
  demo::DemoProviderOptions provider_options;
  provider_options.access_token_ttl = absl::Hours(1);
  absl::StatusOr<std::unique_ptr<demo::DemoProvider>> provider =
      demo::DemoProvider::Start(provider_options);
  if (!provider.ok()) return provider.status();
  site->provider_ = *std::move(provider);
  absl::StatusOr<std::unique_ptr<RedisProcess>> redis =
      RedisProcess::Start(site->NewDirectory("redis-server"));
  if (!redis.ok() && !absl::IsNotFound(redis.status())) return redis.status();
  if (redis.ok()) site->redis_ = *std::move(redis);
  return site;
}

std::vector<std::string> BenchSite::stores() const {
  if (redis_ == nullptr) return {"memory", "sqlite"};
  return {"memory", "sqlite", "redis"};
}

demo::ServerOptions BenchSite::ServerOptionsFor(const std::string& store) {
  demo::ServerOptions options;
  options.binary = options_.server_binary;
  options.directory = NewDirectory(store);
  options.app_redirect_uri = absl::StrCat(provider_->issuer(), "/app");
  options.more = kOutbound;
  if (store == "memory") options.store = "memory: {}";
  if (store == "sqlite") options.store = "sqlite: {path: evertoken.db}";
  if (redis_ != nullptr && (store == "redis" || store == "redis_uncached")) {
    // Servers share the Redis server and nothing in it.
    options.store =
        absl::StrCat("redis: {address: \"", redis_->address(), "\", key_prefix: \"b", directories_,
                     ":\", no_near_cache: ", store == "redis_uncached" ? "true" : "false", "}");
  }
  return options;
}

std::string BenchSite::NewDirectory(const std::string& name) {
  const std::string path = absl::StrCat(options_.directory, "/", ++directories_, "-", name);
  std::error_code ignored;  // whoever writes there will tell
  std::filesystem::create_directories(path, ignored);
  return path;
}

absl::StatusOr<std::unique_ptr<BenchServer>> BenchSite::StartServer(const std::string& store) {
  return BenchServer::Start(ServerOptionsFor(store), provider_.get());
}

absl::StatusOr<std::vector<std::unique_ptr<BenchServer>>> BenchSite::StartReplicas(int count) {
  std::vector<std::unique_ptr<BenchServer>> replicas;
  demo::ServerOptions options = ServerOptionsFor("redis");
  for (int i = 0; i < count; ++i) {
    absl::StatusOr<std::unique_ptr<BenchServer>> replica =
        BenchServer::Start(options, provider_.get());
    if (!replica.ok()) return replica.status();
    replicas.push_back(*std::move(replica));
    options.directory = NewDirectory("replica");
    options.sibling = &replicas.front()->process();
  }
  return replicas;
}

std::vector<std::string> RefreshRequests(const std::vector<BenchGrant>& grants) {
  std::vector<std::string> requests;
  for (const BenchGrant& grant : grants) {
    v1::RefreshTokenRequest request;
    request.set_access_token(grant.access_token);
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

std::vector<std::string> IntrospectRequests(const std::vector<BenchGrant>& grants) {
  std::vector<std::string> requests;
  for (const BenchGrant& grant : grants) {
    v1::IntrospectTokenRequest request;
    request.set_access_token(grant.access_token);
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

std::vector<std::string> CachedProfileRequests(const std::vector<BenchGrant>& grants) {
  std::vector<std::string> requests;
  for (const BenchGrant& grant : grants) {
    v1::GetRefreshedProfileRequest request;
    request.set_access_token(grant.access_token);
    request.mutable_max_age()->set_seconds(3600);
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

}  // namespace evertoken::bench
