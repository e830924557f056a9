#ifndef EVERTOKEN_SERVER_WEB_WEB_SERVER_H_
#define EVERTOKEN_SERVER_WEB_WEB_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/clock.h"
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
  std::function<bool()> ready;   // what /readyz answers
  const Clock* clock = nullptr;  // null: the system's
  int logins_per_second =
      100;  // that browsers may begin, ten times as many at once; beyond: SERVER_OVERLOADED
};

// The web edge: `/` (the app's providers with sign-in links), /login/{provider}, /callback/{provider}, /healthz, /readyz, /metrics.
//
// All of them are on the one listener. /metrics holds counts and provider ids, no secrets and nothing about users; whoever does not
// want them public lets the proxy in front pass only `/`, /login, /callback, /style.css and /submit.js.
class WebServer {
 public:
  // Binds and serves; `off` does neither. An empty `default_app`: `/` and /login need `?app=`. FAILED_PRECONDITION, naming the
  // address, when it cannot be bound; INVALID_ARGUMENT, naming the file, for an unusable certificate.
  //
  // All parts must outlive the server, and the loops must run until it is destroyed; not from one of them.
  static absl::StatusOr<std::unique_ptr<WebServer>> Start(const config::v1::Web& config,
                                                          const std::string& base_dir,
                                                          WebServerParts parts);
  ~WebServer();

  // The port bound; 0 when off.
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
