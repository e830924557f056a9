#ifndef EVERTOKEN_SERVER_WEB_HTTP_SESSION_H_
#define EVERTOKEN_SERVER_WEB_HTTP_SESSION_H_

#include <memory>

#include "server/base/event_loop.h"
#include "server/web/session_registry.h"
#include "server/web/tls_context.h"
#include "server/web/web_limits.h"
#include "server/web/web_service.h"

namespace evertoken {

struct HttpSessionParts {
  EventLoop* loop = nullptr;  // outlives the session
  std::shared_ptr<const WebService> service;
  std::shared_ptr<TlsContext> tls;  // null: plain HTTP
  WebLimits limits;
  std::unique_ptr<SessionRegistry::Place> place;
};

// Serves HTTP/1.1 on an accepted connection until either side ends it: one request at a time, kept alive between them. Whatever a
// client sends, only its own connection suffers: what cannot be parsed is answered 400, 413 or 431 and closed, and who is slow
// is cut off. The session owns itself and lives on its loop.
//
// `socket` is a connected stream socket, taken over. `is_v6`: its address family.
void ServeHttp(int socket, bool is_v6, HttpSessionParts parts);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_HTTP_SESSION_H_
