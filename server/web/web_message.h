#ifndef EVERTOKEN_SERVER_WEB_WEB_MESSAGE_H_
#define EVERTOKEN_SERVER_WEB_WEB_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "server/base/log.h"

namespace evertoken {

// A request as handlers see it, free of the library that read it. May hold secrets (a code, a state, cookies): never log it.
struct WebRequest {
  std::string method;
  std::string path;       // as sent, still percent-encoded
  std::string query;      // behind the '?', still percent-encoded
  std::string parameter;  // what `{…}` of the route's pattern stood for
  std::string cookies;    // all Cookie headers, joined by "; "
  std::string content_type;
  std::string body;  // at most WebLimits::body_bytes
  RequestContext context;
};

// A reply. Security headers, Content-Length and the request id are added to every one of them on its way out.
struct WebResponse {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::string body;
  // Locations, cookies, Retry-After. Values hold no line breaks.
  std::vector<std::pair<std::string, std::string>> headers;
  bool own_script =
      false;  // whether the content security policy lets /submit.js run and a form go off
};

// Gives the reply to the connection; to be called exactly once, from any thread. The connection may be gone by then.
using WebResponder = absl::AnyInvocable<void(WebResponse)>;

// Answers a request, now or later.
using WebHandler = absl::AnyInvocable<void(WebRequest, WebResponder) const>;

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_WEB_MESSAGE_H_
