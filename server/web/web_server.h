#ifndef EVERTOKEN_SERVER_WEB_WEB_SERVER_H_
#define EVERTOKEN_SERVER_WEB_WEB_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/event_loop.h"
#include "server/base/metrics.h"
#include "server/broker/app_registry.h"
#include "server/broker/broker_pool.h"

namespace evertoken {

struct WebServerParts {
  std::vector<EventLoop*> loops;  // connections are spread over them
  const BrokerPool* brokers = nullptr;
  const AppRegistry* apps = nullptr;
  Metrics* metrics = nullptr;
  std::function<bool()> ready;  // what /readyz answers
};

// The web edge: `/` (the app's providers with sign-in links), /login/{provider}, /callback/{provider}, /healthz, /readyz, /metrics.
class WebServer {
 public:
  // Binds and serves. FAILED_PRECONDITION, naming the address, when it cannot be bound. All parts must outlive the server.
  static absl::StatusOr<std::unique_ptr<WebServer>> Start(const config::v1::Web& config, const std::string& base_dir,
                                                          WebServerParts parts);
  ~WebServer();

  int port() const;

  // Closes the listener, lets requests in flight finish for `timeout`, then closes their connections.
  void Drain(absl::Duration timeout);

 private:
  class Impl;
  explicit WebServer(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_WEB_SERVER_H_
