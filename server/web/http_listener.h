#ifndef EVERTOKEN_SERVER_WEB_HTTP_LISTENER_H_
#define EVERTOKEN_SERVER_WEB_HTTP_LISTENER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/event_loop.h"
#include "server/web/session_registry.h"
#include "server/web/tls_context.h"
#include "server/web/web_limits.h"
#include "server/web/web_service.h"

namespace evertoken {

// Accepts connections on one address and spreads them over the loops. To be destroyed while the loops still run, and from none of
// them: it waits until its connections are closed.
class HttpListener {
 public:
  // Accepts from here on; connections are taken, not served, until Serve.
  //
  // `listen` is host:port; a name takes its first address, IPv4 before IPv6; port 0 picks a free one. INVALID_ARGUMENT when it
  // is no such thing, FAILED_PRECONDITION, naming the address, when it cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpListener>> Bind(const std::string& listen,
                                                            std::vector<EventLoop*> loops,
                                                            WebLimits limits);
  ~HttpListener();

  // Begins to serve. Once.
  void Serve(std::shared_ptr<const WebService> service, std::shared_ptr<TlsContext> tls);

  int port() const;

  // Closes the listener, lets requests in flight finish for `timeout`, then closes their connections.
  void Drain(absl::Duration timeout);

 private:
  class Acceptor;
  explicit HttpListener(std::shared_ptr<Acceptor> acceptor,
                        std::shared_ptr<SessionRegistry> sessions);

  const std::shared_ptr<Acceptor> acceptor_;
  const std::shared_ptr<SessionRegistry> sessions_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_HTTP_LISTENER_H_
