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
  size_t max_reply_bytes = 1 << 20;  // of the body; the head may have 64 KiB
  int connections_per_host =
      64;  // kept for reuse; a burst may open more, which are closed after use
  // Servers close connections that idled for as little as 5 seconds. A request that must not be sent twice takes none that idled
  // longer than this, lest it is closed under it and the outcome is unknown. At least 1.
  long young_seconds = 2;
  std::string extra_ca_file;  // PEM, trusted beside the system's authorities; empty: none
  std::string
      user_agent;  // sent unless the request has its own; some providers refuse calls without
};

// HttpClient on one libcurl multi handle driven by an event loop: connections are reused, HTTP/2 where the server has it, TLS
// certificates always verified, redirects off, cookies off, proxies from the environment ignored, reply size capped.
class CurlHttpClient final : public HttpClient {
 public:
  // `loop` and `egress` must outlive the client, which is destroyed on the loop, or after the loop has stopped. Requests in
  // flight then end with an error.
  CurlHttpClient(EventLoop* loop, const EgressPolicy* egress, CurlOptions options);
  ~CurlHttpClient() override;

  Task<absl::StatusOr<HttpReply>> Send(HttpRequest request) override;

 private:
  class Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_HTTP_CURL_HTTP_CLIENT_H_
