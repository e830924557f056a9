#ifndef EVERTOKEN_TESTS_HTTP_CURL_HTTP_CLIENT_FIXTURE_H_
#define EVERTOKEN_TESTS_HTTP_CURL_HTTP_CLIENT_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/event_loop.h"
#include "server/http/curl_http_client.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/status_matchers.h"
#include "tests/fakes/test_http_server.h"

namespace evertoken {

// A CurlHttpClient on a real loop. Tests start servers of their own and call them.
class CurlHttpClientTest : public testing::Test {
 protected:
  CurlHttpClientTest() {
    CurlOptions options;
    options.young_seconds = 3600;  // a slow machine must not age connections
    MakeClient(options);
  }
  ~CurlHttpClientTest() override { DestroyClient(); }

  void MakeClient(CurlOptions options) {
    DestroyClient();
    RunOn(&loop_, [this, options] {
      client_ = std::make_unique<CurlHttpClient>(&loop_, &egress_, options);
    });
  }

  void DestroyClient() {
    RunOn(&loop_, [this] { client_.reset(); });
  }

  // A request to a server that the egress policy permits.
  HttpRequest RequestTo(const std::string& url, std::string method = "GET", std::string body = "") {
    EXPECT_THAT(egress_.Allow(url), IsOk());
    HttpRequest request;
    request.method = std::move(method);
    request.url = url;
    request.body = std::move(body);
    request.timeout = absl::Seconds(60);
    return request;
  }

  absl::StatusOr<HttpReply> Send(HttpRequest request) {
    return AwaitOn(&loop_, client_->Send(std::move(request)));
  }

  absl::StatusOr<HttpReply> Get(const std::string& url) { return Send(RequestTo(url)); }
  absl::StatusOr<HttpReply> Post(const std::string& url, std::string body) {
    return Send(RequestTo(url, "POST", std::move(body)));
  }

  EventLoop loop_{"test"};
  EgressPolicy egress_{/*allow_insecure_loopback=*/true};
  std::unique_ptr<CurlHttpClient> client_;
};

inline TestReply Text(std::string body, int status = 200) {
  TestReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

inline TestReply Raw(std::string bytes, TestReply::Then then) {
  TestReply reply;
  reply.raw = std::move(bytes);
  reply.then = then;
  return reply;
}

inline TestReply Held() {
  TestReply reply;
  reply.held = true;
  return reply;
}

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_HTTP_CURL_HTTP_CLIENT_FIXTURE_H_
