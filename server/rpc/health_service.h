#ifndef EVERTOKEN_SERVER_RPC_HEALTH_SERVICE_H_
#define EVERTOKEN_SERVER_RPC_HEALTH_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

namespace grpc {
class Service;
}  // namespace grpc

namespace evertoken {

// grpc.health.v1.Health: one state for the whole server and for each of its services. Asks for no
// credentials. Thread-safe.
//
// Unlike the library's own, it ends its watches at shutdown, so that a load balancer's watch does
// not hold up a drain, and server reflection can describe it.
class HealthService {
 public:
  // Not serving at first. `names` are the services that can be asked for, besides the empty name.
  explicit HealthService(std::vector<std::string> names);
  ~HealthService();

  grpc::Service* service() const;

  // Without effect after Shutdown.
  void SetServing(bool serving);

  // Not serving from now on; watches are told so and end.
  void Shutdown();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_HEALTH_SERVICE_H_
