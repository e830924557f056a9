// What goes out and what comes back. Failures: curl_http_client_failure_test.cc; TLS: curl_http_client_tls_test.cc.
#include "server/http/curl_http_client.h"

#include <stdlib.h>
#include <sys/resource.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "tests/http/curl_http_client_fixture.h"

namespace evertoken {
namespace {

using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Pair;
using ::testing::SizeIs;

TEST_F(CurlHttpClientTest, EveryStatusIsAReply) {
  TestHttpServer server(
      [](const TestRequest& request) { return Text("body", std::stoi(request.target.substr(1))); });
  for (int status : {200, 201, 400, 401, 403, 404, 429, 500, 503}) {
    const absl::StatusOr<HttpReply> reply = Get(server.Url(absl::StrCat("/", status)));
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->status, status);
    EXPECT_EQ(reply->body, "body");
    EXPECT_GT(reply->round_trip, absl::ZeroDuration());
  }
}

TEST_F(CurlHttpClientTest, HeaderNamesComeInLowerCaseAndValuesTrimmed) {
  TestHttpServer server([](const TestRequest&) {
    return Raw(
        "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Type:  application/json \r\nRETRY-After:7\r\nSet-Cookie: "
        "a=b\r\nSet-Cookie: c=d\r\n"
        "X-Empty:\r\nContent-Length: 2\r\n\r\n{}",
        TestReply::Then::kKeep);
  });
  const absl::StatusOr<HttpReply> reply = Get(server.Url("/"));
  ASSERT_THAT(reply, IsOk());
  EXPECT_THAT(
      reply->headers,
      testing::ElementsAre(Pair("content-type", "application/json"), Pair("retry-after", "7"),
                           Pair("set-cookie", "a=b"), Pair("set-cookie", "c=d"),
                           Pair("x-empty", ""), Pair("content-length", "2")));
  EXPECT_EQ(reply->Header("retry-after"), "7");
  EXPECT_EQ(reply->Header("missing"), "");
}

TEST_F(CurlHttpClientTest, SendsMethodHeadersAndBodyAsGiven) {
  CurlOptions options;
  options.user_agent = "evertoken-test/1";
  MakeClient(options);
  TestHttpServer server([](const TestRequest&) { return Text("ok"); });
  HttpRequest request =
      RequestTo(server.Url("/a/../token?x=%20y"), "POST", std::string("grant=a&b=\0c", 12));
  request.headers = {{"Authorization", "Bearer t"},
                     {"X-Empty", ""},
                     {"Content-Type", "application/x-www-form-urlencoded"}};
  ASSERT_THAT(Send(request), IsOk());

  const TestRequest seen = server.Requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/token?x=%20y");
  EXPECT_EQ(seen.body, std::string("grant=a&b=\0c", 12));
  EXPECT_THAT(seen.headers, IsSupersetOf({Pair("authorization", "Bearer t"), Pair("x-empty", ""),
                                          Pair("content-type", "application/x-www-form-urlencoded"),
                                          Pair("user-agent", "evertoken-test/1")}));
  EXPECT_EQ(seen.Header("expect"), "");
  EXPECT_EQ(seen.Header("cookie"), "");
  EXPECT_EQ(seen.Header("accept-encoding"), "");
}

TEST_F(CurlHttpClientTest, OtherMethodsWorkAndABodyIsNotCalledAForm) {
  TestHttpServer server([](const TestRequest&) { return Text("ok"); });
  ASSERT_THAT(Send(RequestTo(server.Url("/"), "DELETE")), IsOk());
  ASSERT_THAT(Send(RequestTo(server.Url("/"), "DELETE", "{}")), IsOk());
  ASSERT_THAT(Send(RequestTo(server.Url("/"), "POST")), IsOk());
  const absl::StatusOr<HttpReply> head = Send(RequestTo(server.Url("/"), "HEAD"));
  ASSERT_THAT(head, IsOk());
  EXPECT_EQ(head->body, "");

  const std::vector<TestRequest> seen = server.Requests();
  ASSERT_THAT(seen, SizeIs(4));
  EXPECT_EQ(seen[0].method, "DELETE");
  EXPECT_EQ(seen[1].method, "DELETE");
  EXPECT_EQ(seen[1].body, "{}");
  EXPECT_EQ(seen[1].Header("content-type"), "");
  EXPECT_EQ(seen[2].method, "POST");
  EXPECT_EQ(seen[2].Header("content-length"), "0");
  EXPECT_EQ(seen[3].method, "HEAD");
}

TEST_F(CurlHttpClientTest, DoesNotFollowRedirects) {
  TestHttpServer target([](const TestRequest&) { return Text("followed"); });
  ASSERT_THAT(egress_.Allow(target.Url("/")), IsOk());
  TestHttpServer server([&target](const TestRequest&) {
    TestReply reply = Text("moved", 302);
    reply.headers = {{"Location", target.Url("/elsewhere")}};
    return reply;
  });
  const absl::StatusOr<HttpReply> reply = Get(server.Url("/"));
  ASSERT_THAT(reply, IsOk());
  EXPECT_EQ(reply->status, 302);
  EXPECT_EQ(reply->Header("location"), target.Url("/elsewhere"));
  EXPECT_THAT(target.Requests(), IsEmpty());
}

TEST_F(CurlHttpClientTest, KeepsNoCookiesAndIgnoresProxiesOfTheEnvironment) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  TestHttpServer server([](const TestRequest&) {
    TestReply reply = Text("ok");
    reply.headers = {{"Set-Cookie", "session=1; Path=/"}};
    return reply;
  });
  EXPECT_THAT(Get(server.Url("/")), IsOk());
  EXPECT_THAT(Get(server.Url("/")), IsOk());
  EXPECT_EQ(server.Requests().at(1).Header("cookie"), "");
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
}

TEST_F(CurlHttpClientTest, ReusesConnectionsForPostsToo) {
  TestHttpServer server([](const TestRequest&) { return Text("ok"); });
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Get(server.Url("/profile")), IsOk());
    EXPECT_THAT(Post(server.Url("/token"), "a=b"), IsOk());
  }
  EXPECT_THAT(server.Requests(), SizeIs(20));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlHttpClientTest, WorksOverIpv6) {
  TestHttpServer::Options options;
  options.ipv6 = true;
  TestHttpServer server([](const TestRequest&) { return Text("six"); }, options);
  const absl::StatusOr<HttpReply> reply = Get(server.Url("/"));
  ASSERT_THAT(reply, IsOk());
  EXPECT_EQ(reply->body, "six");
}

Task<void> SendAndCount(HttpClient* client, HttpRequest request, std::string want,
                        std::atomic<int>* good, absl::BlockingCounter* done) {
  absl::StatusOr<HttpReply> reply = co_await client->Send(std::move(request));
  if (reply.ok() && reply->body == want) ++*good;
  done->DecrementCount();
}

// Both ends of every connection are in this process; the usual soft limit is 1024.
void AllowManyFiles() {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST_F(CurlHttpClientTest, CarriesAThousandRequestsAtOnce) {
  AllowManyFiles();
  constexpr int kRequests = 1000;
  TestHttpServer server([](const TestRequest& request) {
    TestReply reply = Text(request.body);
    reply.held = request.target == "/held";
    return reply;
  });
  std::atomic<int> good{0};
  absl::BlockingCounter done(kRequests);
  for (int i = 0; i < kRequests; ++i) {
    std::string body = absl::StrCat("request ", i);
    HttpRequest request = RequestTo(server.Url("/held"), "POST", body);
    Spawn(&loop_, SendAndCount(client_.get(), std::move(request), std::move(body), &good, &done));
  }
  server.AwaitRequests(kRequests);  // all of them are waiting for their reply now
  server.Release();
  done.Wait();
  EXPECT_EQ(good, kRequests);
}

TEST_F(CurlHttpClientTest, KeepsAsManyConnectionsAsConfigured) {
  CurlOptions options;
  options.connections_per_host = 2;
  MakeClient(options);
  TestHttpServer server([](const TestRequest&) { return Held(); });
  std::atomic<int> good{0};
  for (int round = 1; round <= 2; ++round) {
    absl::BlockingCounter done(5);
    for (int i = 0; i < 5; ++i) {
      Spawn(&loop_, SendAndCount(client_.get(), RequestTo(server.Url("/")), "", &good, &done));
    }
    server.AwaitRequests(5 * round);
    server.Release();
    done.Wait();
  }
  EXPECT_EQ(good, 10);
  EXPECT_EQ(server.connections(), 5 + 3);
}

}  // namespace
}  // namespace evertoken
