#ifndef EVERTOKEN_SERVER_RPC_GRPC_SERVER_H_
#define EVERTOKEN_SERVER_RPC_GRPC_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/metrics.h"
#include "server/broker/app_registry.h"
#include "server/broker/broker_pool.h"

namespace evertoken {

struct GrpcServerParts {
  const BrokerPool* brokers = nullptr;
  const AppRegistry* apps = nullptr;
  const Clock* clock = nullptr;
  Metrics* metrics = nullptr;
  int in_flight_requests = 20000;  // beyond: SERVER_OVERLOADED
  // Streams of events that may be open at once, of all apps and of one.
  int watches = 1000;
  int watches_per_app = 100;
};

// The gRPC edge: evertoken.v1.TokenService and LoginService, health, server reflection, channelz.
class GrpcServer {
 public:
  // Binds and serves; NOT_SERVING until SetReady(true). FAILED_PRECONDITION, naming the address, when it cannot be bound;
  // INVALID_ARGUMENT for certificates that cannot be used. All parts must outlive the server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const config::v1::Grpc& config,
                                                           const std::string& base_dir,
                                                           GrpcServerParts parts);
  ~GrpcServer();

  int port() const;

  // What grpc.health.v1 answers for the server and each service.
  void SetReady(bool ready);

  // Turns health to NOT_SERVING, accepts nothing new, lets calls in flight finish for `timeout`,
  // then cancels the waiting.
  void Drain(absl::Duration timeout);

 private:
  class Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_GRPC_SERVER_H_
