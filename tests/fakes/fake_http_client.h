#ifndef EVERTOKEN_TESTS_FAKES_FAKE_HTTP_CLIENT_H_
#define EVERTOKEN_TESTS_FAKES_FAKE_HTTP_CLIENT_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/http/http_client.h"

namespace evertoken {

// A reply with Content-Type application/json.
HttpReply JsonReply(int status, std::string body);

// An HttpClient whose replies a test scripts. A request to a URL without a script fails the test. Thread-safe.
//
//   FakeHttpClient http;
//   http.On("https://idp.test/token", JsonReply(200, R"({"access_token":"a"})"));
//   http.On("https://idp.test/userinfo", absl::AbortedError("broken"));
class FakeHttpClient final : public HttpClient {
 public:
  using Handler = std::function<absl::StatusOr<HttpReply>(const HttpRequest&)>;

  // Answers requests to `url` (compared without their query) from now on. The handler runs when the request arrives.
  void On(std::string url, Handler handler);
  void On(std::string url, HttpReply reply);
  void On(std::string url, absl::Status error);

  // How long every reply takes from now on, in the executor's time. A request with a shorter timeout gets DEADLINE_EXCEEDED
  // after it, although its handler ran.
  void SetDelay(absl::Duration delay);

  // Everything that was sent, in order; those to `url` only, when given.
  std::vector<HttpRequest> Requests() const;
  std::vector<HttpRequest> Requests(absl::string_view url) const;

  Task<absl::StatusOr<HttpReply>> Send(HttpRequest request) override;

 private:
  absl::StatusOr<HttpReply> Answer(const HttpRequest& request);

  mutable absl::Mutex mutex_;
  std::map<std::string, Handler> handlers_ ABSL_GUARDED_BY(mutex_);
  std::vector<HttpRequest> requests_ ABSL_GUARDED_BY(mutex_);
  absl::Duration delay_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_FAKE_HTTP_CLIENT_H_
