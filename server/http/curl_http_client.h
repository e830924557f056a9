#ifndef EVERTOKEN_SERVER_HTTP_CURL_HTTP_CLIENT_H_
#define EVERTOKEN_SERVER_HTTP_CURL_HTTP_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "server/base/event_loop.h"
#include "server/http/egress_policy.h"
#include "server/http/http_client.h"

namespace evertoken {

struct CurlOptions {
  size_t max_reply_bytes = 1 << 20;
  int connections_per_host = 64;
  std::string extra_ca_file;  // PEM, trusted beside the system's authorities; empty: none
  std::string user_agent;     // sent unless the request has its own; some providers refuse calls without
};

// HttpClient on one libcurl multi handle driven by an event loop: connections are reused, HTTP/2 where the server has it, TLS
// certificates always verified, redirects off, cookies off, proxies from the environment ignored, reply size capped.
class CurlHttpClient final : public HttpClient {
 public:
  // `loop` and `egress` must outlive the client.
  CurlHttpClient(EventLoop* loop, const EgressPolicy* egress, CurlOptions options);
  ~CurlHttpClient() override;

  Task<absl::StatusOr<HttpReply>> Send(HttpRequest request) override;

 private:
  class Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_HTTP_CURL_HTTP_CLIENT_H_
