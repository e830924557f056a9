#ifndef EVERTOKEN_TESTS_WEB_HTTP_FIXTURE_H_
#define EVERTOKEN_TESTS_WEB_HTTP_FIXTURE_H_

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "server/base/event_loop.h"
#include "server/base/metrics.h"
#include "server/web/http_listener.h"
#include "server/web/router.h"
#include "server/web/web_service.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {

// Holds a request until the test answers it.
class HeldRequest {
 public:
  void Hold(WebResponder respond) {
    absl::MutexLock lock(&mutex_);
    respond_ = std::make_unique<WebResponder>(std::move(respond));
  }

  // Waits until there is one.
  void Answer(const std::string& body) {
    WebResponder respond = Take();
    WebResponse response;
    response.body = body;
    respond(std::move(response));
  }

  WebResponder Take() {
    absl::MutexLock lock(&mutex_);
    const auto present = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return respond_ != nullptr; };
    mutex_.Await(absl::Condition(&present));
    WebResponder respond = std::move(*respond_);
    respond_.reset();
    return respond;
  }

 private:
  absl::Mutex mutex_;
  std::unique_ptr<WebResponder> respond_ ABSL_GUARDED_BY(mutex_);
};

// A listener on two loops with /echo, which tells what it was asked, /hold and /broken-header.
class HttpFixture {
 public:
  explicit HttpFixture(WebLimits limits = WebLimits(), std::shared_ptr<TlsContext> tls = nullptr) {
    auto bound = HttpListener::Bind("127.0.0.1:0", {&first_, &second_}, limits);
    EXPECT_TRUE(bound.ok()) << bound.status();
    listener = *std::move(bound);
    listener->Serve(std::make_shared<WebService>(Routes(), &metrics, &clock, /*https=*/true),
                    std::move(tls));
  }

  int port() const { return listener->port(); }

 private:
  static void Echo(WebRequest request, WebResponder respond) {
    WebResponse response;
    response.content_type = "text/plain";
    response.body = absl::StrCat(request.method, "|", request.path, "|", request.query, "|",
                                 request.cookies, "|", request.content_type, "|",
                                 request.body.size(), "|", request.context.trace_id);
    respond(std::move(response));
  }

  Router Routes() {
    Router router;
    router.Add("GET", "/echo", Echo);
    router.Add("POST", "/echo", Echo);
    router.Add("GET", "/hold",
               [this](WebRequest, WebResponder respond) { held.Hold(std::move(respond)); });
    router.Add("GET", "/broken-header", [](WebRequest, WebResponder respond) {
      WebResponse response;
      response.headers.emplace_back("Location", "/x\r\nSet-Cookie: a=b");
      respond(std::move(response));
    });
    return router;
  }

  EventLoop first_{"first"};
  EventLoop second_{"second"};

 public:
  HeldRequest held;
  FakeClock clock;
  Metrics metrics;
  std::unique_ptr<HttpListener> listener;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_WEB_HTTP_FIXTURE_H_
