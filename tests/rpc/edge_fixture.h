#ifndef EVERTOKEN_TESTS_RPC_EDGE_FIXTURE_H_
#define EVERTOKEN_TESTS_RPC_EDGE_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "evertoken/v1/login_service.grpc.pb.h"
#include "evertoken/v1/token_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/security/credentials.h"
#include "server/base/event_loop.h"
#include "server/broker/broker.h"
#include "server/broker/broker_pool.h"
#include "server/broker/provider_guard.h"
#include "server/http/egress_policy.h"
#include "server/rpc/grpc_server.h"
#include "server/store/memory/memory_backend.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/memory_journal.h"
#include "tests/rpc/held_executor.h"

namespace evertoken {

// The value of `authorization` for an app.
std::string BasicHeader(const std::string& app_key, const std::string& secret);

// The detail of this kind in a status. Fails the test unless there is exactly one.
template <typename Detail>
Detail OnlyDetail(const grpc::Status& status);
// Its ErrorInfo's reason, for a status with exactly one ErrorInfo.
std::string ReasonOnWire(const grpc::Status& status);

// Waits for something that is bound to become true.
void Eventually(const std::function<bool()>& condition);

// One call in the background.
template <typename Response>
struct PendingCall {
  grpc::ClientContext context;
  Response response;
  grpc::Status status;
  absl::Notification done;
};

// The gRPC edge on a free port, with a real broker on the memory store. Apps `shop` (secrets
// `shop-1` and `shop-2`, certificate name `shop.test`) and `other` (secret `other-1`, certificate
// name `spiffe://test/other`); provider `idp`, of which `shop` has a client.
class EdgeFixture {
 public:
  EdgeFixture();
  ~EdgeFixture();

  // Starts the server; fails the test when it does not start.
  void Start(const config::v1::Grpc& config);
  absl::StatusOr<std::unique_ptr<GrpcServer>> TryStart(const config::v1::Grpc& config);
  // Plaintext on a free port.
  static config::v1::Grpc LoopbackConfig();

  std::shared_ptr<grpc::Channel> Connect(
      const std::shared_ptr<grpc::ChannelCredentials>& credentials);
  // A plaintext connection of its own.
  std::shared_ptr<grpc::Channel> Connect();

  // As app `shop`.
  static void Authenticate(grpc::ClientContext* context);

  // A grant of `shop` as a finished login leaves it; gives its access token.
  std::string SeedGrant(const std::string& grant_id = "grant");
  // So many events of grants of an app that does not exist.
  void AppendEvents(int count);

  // Calls as `shop`.
  grpc::Status Introspect(const std::string& access_token, v1::IntrospectTokenResponse* response);
  bool IsActive(const std::string& access_token);
  void Revoke(const std::string& access_token);
  // Begins RevokeToken, whose work is kept back while `executor` holds.
  std::unique_ptr<PendingCall<v1::RevokeTokenResponse>> BeginRevoke(
      const std::string& access_token);

  // What the broker still does.
  int BrokerInFlight() const { return broker_->in_flight(); }
  bool Counted(const std::string& method, const std::string& code) const;

  FakeClock clock;
  FakeHttpClient http;
  Metrics metrics;
  EventLoop loop{"test-loop"};
  HeldExecutor executor{&loop};
  std::unique_ptr<AppRegistry> apps;
  int in_flight_requests = 100;
  int watches = 100;
  int watches_per_app = 100;
  std::unique_ptr<GrpcServer> server;
  // To `server`, once it is started with LoopbackConfig.
  std::unique_ptr<v1::TokenService::Stub> tokens;
  std::unique_ptr<v1::LoginService::Stub> logins;

 private:
  const std::unique_ptr<KeyRing> keys_;
  EgressPolicy egress_{/*allow_insecure_loopback=*/false};
  MemoryBackend backend_{&clock};
  std::unique_ptr<TokenStore> store_;
  std::unique_ptr<EventLog> events_;
  GrantCache cache_{1000, &clock};
  MemoryJournal journal_;
  ResultIndex results_;
  ProviderGuard guard_{{&clock, &metrics, [] { return 0.5; }}};
  std::unique_ptr<ProviderApi> providers_;
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<BrokerPool> pool_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_RPC_EDGE_FIXTURE_H_
