#include "tests/rpc/edge_fixture.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/error_details.h"
#include "gtest/gtest.h"
#include "server/base/ids.h"
#include "server/base/proto_time.h"
#include "server/broker/grant_repository.h"
#include "server/provider/provider_catalog.h"
#include "server/store/memory/memory_event_log.h"
#include "server/store/memory/memory_store.h"
#include "server/store/sealing_event_log.h"
#include "server/store/sealing_store.h"
#include "tests/fakes/await_on.h"

namespace evertoken {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(2);

constexpr char kCatalogue[] = R"(
providers:
  idp:
    display_name: Test provider
    authorization: {url: 'https://idp.test/authorize', scopes: [profile, email]}
    token: {url: 'https://idp.test/token'}
    profile_calls:
      - {name: me, url: 'https://idp.test/me'}
    profile_fields:
      subject: {candidates: [/id]}
    renewal: {kind: refresh_token_grant, rotation: always, lost_response_policy: never_retry}
)";

std::vector<config::v1::App> TestApps(const KeyRing& keys) {
  config::v1::App shop;
  shop.set_key("shop");
  shop.add_secret_hashes(keys.HashAppSecret("shop", "shop-1"));
  shop.add_secret_hashes(keys.HashAppSecret("shop", "shop-2"));
  shop.add_client_certificate_names("shop.test");
  shop.add_redirect_uris("https://shop.test/return");
  (*shop.mutable_providers())["idp"].set_client_id("client");
  config::v1::App other;
  other.set_key("other");
  other.add_secret_hashes(keys.HashAppSecret("other", "other-1"));
  other.add_client_certificate_names("spiffe://test/other");
  return {shop, other};
}

}  // namespace

std::string BasicHeader(const std::string& app_key, const std::string& secret) {
  return absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(app_key, ":", secret)));
}

template <typename Detail>
Detail OnlyDetail(const grpc::Status& status) {
  google::rpc::Status wire;
  EXPECT_TRUE(grpc::ExtractErrorDetails(status, &wire).ok());
  Detail found;
  int count = 0;
  for (const google::protobuf::Any& any : wire.details()) {
    if (any.Is<Detail>() && any.UnpackTo(&found)) ++count;
  }
  EXPECT_EQ(count, 1) << wire.ShortDebugString();
  return found;
}

template google::rpc::ErrorInfo OnlyDetail(const grpc::Status& status);
template google::rpc::RetryInfo OnlyDetail(const grpc::Status& status);
template google::rpc::BadRequest OnlyDetail(const grpc::Status& status);

std::string ReasonOnWire(const grpc::Status& status) {
  return OnlyDetail<google::rpc::ErrorInfo>(status).reason();
}

void Eventually(const std::function<bool()>& condition) {
  // Only a guard against hanging: no test's outcome depends on how long anything takes.
  const absl::Time patience = absl::Now() + kPatience;
  while (!condition()) {
    ASSERT_LT(absl::Now(), patience);
    std::this_thread::yield();
  }
}

EdgeFixture::EdgeFixture() : keys_(*KeyRing::New(KeyRing::Generate("k1"))) {
  auto catalog =
      ProviderCatalog::Parse({{"test.yaml", kCatalogue}}, /*allow_insecure_loopback=*/false);
  EXPECT_TRUE(catalog.ok()) << catalog.status();
  apps = std::make_unique<AppRegistry>(TestApps(*keys_), *catalog, keys_.get());
  store_ = std::make_unique<SealingStore>(std::make_unique<MemoryStore>(&backend_), keys_.get());
  providers_ = std::make_unique<ProviderApi>(&http, &clock, &egress_, absl::Seconds(15));
  events_ =
      std::make_unique<SealingEventLog>(std::make_unique<MemoryEventLog>(&backend_), keys_.get());
  BrokerParts parts;
  parts.executor = &loop;
  parts.store = store_.get();
  parts.events = events_.get();
  parts.providers = providers_.get();
  parts.apps = apps.get();
  parts.keys = keys_.get();
  parts.cache = &cache_;
  parts.clock = &clock;
  parts.metrics = &metrics;
  parts.journal = &journal_;
  parts.guard = &guard_;
  parts.results = &results_;
  broker_ = std::make_unique<Broker>(parts);
  pool_ = std::make_unique<BrokerPool>(std::vector<BrokerPool::Seat>{{&executor, broker_.get()}},
                                       &cache_, apps.get(), keys_.get(), &clock);
}

EdgeFixture::~EdgeFixture() {
  server.reset();
  executor.Release();
  // What was let go runs before what it uses is taken away.
  RunOn(&loop, [] {});
  Eventually([this] { return broker_->in_flight() == 0; });
  loop.Stop();
}

absl::StatusOr<std::unique_ptr<GrpcServer>> EdgeFixture::TryStart(const config::v1::Grpc& config) {
  GrpcServerParts parts;
  parts.brokers = pool_.get();
  parts.apps = apps.get();
  parts.clock = &clock;
  parts.metrics = &metrics;
  parts.in_flight_requests = in_flight_requests;
  parts.watches = watches;
  parts.watches_per_app = watches_per_app;
  return GrpcServer::Start(config, testing::TempDir(), parts);
}

void EdgeFixture::Start(const config::v1::Grpc& config) {
  absl::StatusOr<std::unique_ptr<GrpcServer>> started = TryStart(config);
  ASSERT_TRUE(started.ok()) << started.status();
  server = *std::move(started);
  if (config.has_tls()) return;
  tokens = v1::TokenService::NewStub(Connect());
  logins = v1::LoginService::NewStub(Connect());
}

config::v1::Grpc EdgeFixture::LoopbackConfig() {
  config::v1::Grpc config;
  config.set_listen("127.0.0.1:0");
  return config;
}

std::shared_ptr<grpc::Channel> EdgeFixture::Connect(
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  // No connection of another test or client is shared.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetSslTargetNameOverride("localhost");
  return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server->port()), credentials,
                                   arguments);
}

std::shared_ptr<grpc::Channel> EdgeFixture::Connect() {
  return Connect(grpc::InsecureChannelCredentials());
}

void EdgeFixture::Authenticate(grpc::ClientContext* context) {
  context->AddMetadata("authorization", BasicHeader("shop", "shop-1"));
}

std::string EdgeFixture::SeedGrant(const std::string& grant_id) {
  storage::v1::Grant grant;
  grant.set_grant_id(grant_id);
  grant.set_app("shop");
  grant.set_provider("idp");
  grant.set_subject("user-1");
  grant.set_claimed(true);
  grant.set_state(v1::GRANT_STATE_ACTIVE);
  *grant.mutable_login_time() = ToTimestamp(clock.Now());
  *grant.mutable_expire_time() = ToTimestamp(clock.Now() + absl::Minutes(15));
  grant.set_expiry_limit(v1::EXPIRY_LIMIT_DEFAULT);
  grant.mutable_tokens()->set_access_token("access-0");
  grant.mutable_tokens()->set_token_type("Bearer");
  grant.mutable_tokens()->set_refresh_token("refresh-0");
  *grant.mutable_tokens()->mutable_obtain_time() = ToTimestamp(clock.Now());
  const std::string access_token = RandomGuid();
  GrantRepository grants(store_.get(), keys_.get(), &cache_, apps.get(), &clock);
  auto created =
      AwaitOn(&loop, grants.Create(Secret(access_token), std::move(grant), absl::Hours(48)));
  EXPECT_TRUE(created.ok()) << created.status();
  return access_token;
}

grpc::Status EdgeFixture::Introspect(const std::string& access_token,
                                     v1::IntrospectTokenResponse* response) {
  grpc::ClientContext context;
  Authenticate(&context);
  v1::IntrospectTokenRequest request;
  request.set_access_token(access_token);
  return tokens->IntrospectToken(&context, request, response);
}

bool EdgeFixture::IsActive(const std::string& access_token) {
  v1::IntrospectTokenResponse response;
  const grpc::Status status = Introspect(access_token, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.active();
}

void EdgeFixture::AppendEvents(int count) {
  constexpr int kPerWrite = 1000;
  for (int left = count; left > 0; left -= kPerWrite) {
    GrantWrite write{"nobody", "record", absl::Hours(1)};
    write.events.assign(std::min(left, kPerWrite), "event");
    EXPECT_TRUE(backend_.CreateGrant({RandomGuid()}, std::move(write)).ok());
  }
}

void EdgeFixture::Revoke(const std::string& access_token) {
  grpc::ClientContext context;
  Authenticate(&context);
  v1::RevokeTokenRequest request;
  request.set_access_token(access_token);
  v1::RevokeTokenResponse response;
  const grpc::Status status = tokens->RevokeToken(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

std::unique_ptr<PendingCall<v1::RevokeTokenResponse>> EdgeFixture::BeginRevoke(
    const std::string& access_token) {
  auto call = std::make_unique<PendingCall<v1::RevokeTokenResponse>>();
  Authenticate(&call->context);
  // The request is serialized before the call returns.
  v1::RevokeTokenRequest request;
  request.set_access_token(access_token);
  tokens->async()->RevokeToken(&call->context, &request, &call->response,
                               [call = call.get()](grpc::Status status) {
                                 call->status = std::move(status);
                                 call->done.Notify();
                               });
  return call;
}

bool EdgeFixture::Counted(const std::string& method, const std::string& code) const {
  const std::string series =
      absl::StrFormat(R"(evertoken_requests_total{code="%s",method="%s"} 1)", code, method);
  return metrics.Serialize().find(series + "\n") != std::string::npos;
}

}  // namespace evertoken
