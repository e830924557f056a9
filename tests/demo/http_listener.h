#ifndef EVERTOKEN_TESTS_DEMO_HTTP_LISTENER_H_
#define EVERTOKEN_TESTS_DEMO_HTTP_LISTENER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/demo/form.h"

namespace evertoken::demo {

struct Request {
  std::string method;
  std::string path;
  Form query;
  std::string authorization;
  std::string body;
};

struct Reply {
  // How much of it is sent before the connection is closed; a whole reply keeps the connection.
  enum class Delivery { kWhole, kHalfOfBody, kNothing };

  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  absl::Duration delay;  // the reply leaves this long after it was made, without holding anyone up
  Delivery delivery = Delivery::kWhole;
  // If set, makes what is sent instead of this reply, after `delay`, also when the client is gone by then. On the listener's
  // thread; must not block.
  std::function<Reply()> later;
};

// An HTTP/1.1 server on 127.0.0.1 with one thread, persistent connections and bounded requests.
class HttpListener {
 public:
  // Called on the listener's thread, one request after another; must not block.
  using Handler = std::function<Reply(const Request&)>;

  // Port 0 picks a free one. FAILED_PRECONDITION, naming the address, when it cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpListener>> Open(int port);
  ~HttpListener();  // closes everything

  // Begins to answer; connections that came before wait. To be called once.
  void Serve(Handler handler);

  int port() const;

 private:
  class Impl;
  explicit HttpListener(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_HTTP_LISTENER_H_
