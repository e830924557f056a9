#ifndef EVERTOKEN_SERVER_HTTP_HTTP_CLIENT_H_
#define EVERTOKEN_SERVER_HTTP_HTTP_CLIENT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/task.h"

namespace evertoken {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  absl::Duration timeout = absl::Seconds(15);
  // Whether it changes something there whatever its method says, as a GET that spends a token does: it is then never sent twice.
  bool once = false;
};

// Whether the method and the headers hold only what HTTP allows. A line break in a value, which may be a provider's words, would
// smuggle a request into ours.
bool IsWellFormed(const HttpRequest& request);

struct HttpReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  absl::Duration round_trip;

  // The first value of a header (name in lower case); empty when it is missing.
  absl::string_view Header(absl::string_view name) const;
};

// Calls to providers. A reply with any HTTP status is OK: what a status means is decided by whoever asked.
//
// Errors say what is known of the request, because a refresh token that may have been spent must not be sent again. For the same
// reason only a GET or HEAD without a body, and not `once`, is ever sent twice (when a reused connection breaks before the reply begins).
//   UNAVAILABLE          the request certainly did not reach the server (name not resolved, connection or TLS handshake failed)
//   PERMISSION_DENIED    the same, because our own rules forbid the address (not named by catalogue or discovery, not https)
//                        or the request is not IsWellFormed
//   DEADLINE_EXCEEDED    the request may have reached the server, no whole reply came within the timeout
//   ABORTED              the same, the connection broke
//   RESOURCE_EXHAUSTED   the reply is larger than the cap
// Messages hold the host at most, never a path, query, header or body. Redirects are not followed. Thread-compatible: called from
// the executor it was made for.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Task<absl::StatusOr<HttpReply>> Send(HttpRequest request) = 0;
};

// Whether an error of Send proves that the request never reached the server.
bool NeverReachedServer(const absl::Status& status);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_HTTP_HTTP_CLIENT_H_
