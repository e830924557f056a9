// Failures, and what each says of whether the server can have seen the request.
#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "server/http/curl_http_client.h"
#include "tests/http/curl_http_client_fixture.h"

namespace evertoken {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Then = TestReply::Then;

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;
constexpr absl::StatusCode kDeadline = absl::StatusCode::kDeadlineExceeded;
constexpr absl::StatusCode kDenied = absl::StatusCode::kPermissionDenied;
constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

TEST_F(CurlHttpClientTest, RefusedConnectionIsProofThatNothingArrived) {
  std::string url;
  {
    TestHttpServer gone([](const TestRequest&) { return Text(""); });
    url = gone.Url("/token?code=secret");
  }
  const absl::StatusOr<HttpReply> reply = Post(url, "refresh_token=secret");
  EXPECT_THAT(reply,
              StatusIs(kUnavailable, AllOf(HasSubstr("127.0.0.1:"), Not(HasSubstr("secret")))));
  EXPECT_TRUE(NeverReachedServer(reply.status()));
}

TEST_F(CurlHttpClientTest, NameThatDoesNotResolveIsProofThatNothingArrived) {
  EXPECT_THAT(Post("https://name.invalid/token", "a=b"),
              StatusIs(kUnavailable, HasSubstr("name.invalid")));
}

TEST_F(CurlHttpClientTest, TimeoutBeforeTheConnectionStandsIsProofThatNothingArrived) {
  // A listener whose queue is full takes no further connections: handshakes hang. Here: a TLS handshake that nobody answers.
  TestHttpServer mute([](const TestRequest&) { return Held(); });
  HttpRequest request =
      RequestTo(absl::StrCat("https://127.0.0.1:", mute.port(), "/token"), "POST", "a=b");
  request.timeout = absl::Milliseconds(100);
  EXPECT_THAT(Send(request), StatusIs(kUnavailable));
}

TEST_F(CurlHttpClientTest, NoReplyInTimeProvesNothing) {
  TestHttpServer server([](const TestRequest&) { return Held(); });
  HttpRequest request = RequestTo(server.Url("/token?code=secret"), "POST", "refresh_token=secret");
  request.timeout = absl::Milliseconds(100);
  const absl::StatusOr<HttpReply> reply = Send(request);
  EXPECT_THAT(reply, StatusIs(kDeadline, AllOf(HasSubstr("100ms"), Not(HasSubstr("secret")))));
  EXPECT_FALSE(NeverReachedServer(reply.status()));
}

TEST_F(CurlHttpClientTest, TimeoutInTheMiddleOfAReplyIsNoReply) {
  std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":";
  TestHttpServer server([half](const TestRequest&) { return Raw(half, Then::kKeep); });
  HttpRequest request = RequestTo(server.Url("/token"), "POST", "a=b");
  request.timeout = absl::Milliseconds(100);
  EXPECT_THAT(Send(request), StatusIs(kDeadline));
}

TEST_F(CurlHttpClientTest, BrokenConnectionsProveNothing) {
  const std::string cases[] = {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                               "SSH-2.0-OpenSSH\r\n"};
  for (Then then : {Then::kClose, Then::kReset}) {
    for (const std::string& bytes : cases) {
      TestHttpServer server([bytes, then](const TestRequest&) { return Raw(bytes, then); });
      const absl::StatusOr<HttpReply> reply = Post(server.Url("/token"), "a=b");
      EXPECT_THAT(reply, StatusIs(kAborted)) << bytes;
      EXPECT_FALSE(NeverReachedServer(reply.status()));
      EXPECT_THAT(server.Requests(), SizeIs(1)) << bytes;
    }
  }
}

// The first request is answered and its connection kept; then the server breaks it upon the next request, on every connection.
TestHttpServer::Handler BreakAfterFirst(Then then, std::shared_ptr<std::atomic<int>> requests) {
  return [then, requests](const TestRequest&) {
    return ++*requests == 1 ? Text("ok") : Raw("", then);
  };
}

TEST_F(CurlHttpClientTest, TokenIsPresentedOnceWhenAKeptConnectionBreaks) {
  for (const char* method : {"POST", "DELETE", "PUT"}) {
    for (Then then : {Then::kClose, Then::kReset}) {
      TestHttpServer server(BreakAfterFirst(then, std::make_shared<std::atomic<int>>(0)));
      ASSERT_THAT(Post(server.Url("/token"), "first"), IsOk());
      EXPECT_THAT(Send(RequestTo(server.Url("/token"), method, "refresh_token=r")),
                  StatusIs(kAborted));
      EXPECT_THAT(server.Requests(), SizeIs(2)) << method;
    }
  }
}

TEST_F(CurlHttpClientTest, PostWithoutBodyIsPresentedOnceToo) {
  TestHttpServer server(BreakAfterFirst(Then::kClose, std::make_shared<std::atomic<int>>(0)));
  ASSERT_THAT(Get(server.Url("/")), IsOk());
  EXPECT_THAT(Send(RequestTo(server.Url("/revoke?token=t"), "POST")), StatusIs(kAborted));
  EXPECT_THAT(server.Requests(), SizeIs(2));
}

TEST_F(CurlHttpClientTest, GetIsSentAgainWhenAKeptConnectionBreaks) {
  auto requests = std::make_shared<std::atomic<int>>(0);
  TestHttpServer server([requests](const TestRequest&) {
    return ++*requests == 2 ? Raw("", Then::kClose) : Text("ok");
  });
  ASSERT_THAT(Get(server.Url("/profile")), IsOk());
  EXPECT_THAT(Get(server.Url("/profile")), IsOk());
  EXPECT_THAT(server.Requests(), SizeIs(3));
}

TEST_F(CurlHttpClientTest, ReplyAboveTheCapIsCutOff) {
  CurlOptions options;
  options.max_reply_bytes = 1024;
  MakeClient(options);
  TestHttpServer server([](const TestRequest& request) {
    TestReply reply = Text(std::string(std::stoul(request.target.substr(1)), 'x'));
    if (request.method == "POST") reply.headers.emplace_back("X-Long", std::string(70000, 'h'));
    return reply;
  });
  EXPECT_THAT(Get(server.Url("/1024")), IsOk());
  EXPECT_THAT(Get(server.Url("/1025")), StatusIs(kExhausted, HasSubstr("larger than the cap")));
  EXPECT_THAT(Get(server.Url("/10000000")), StatusIs(kExhausted));
  EXPECT_THAT(Post(server.Url("/10"), ""), StatusIs(kExhausted));
}

TEST_F(CurlHttpClientTest, AddressesNobodyNamedAreNotCalled) {
  TestHttpServer server([](const TestRequest&) { return Text(""); });
  HttpRequest request;
  request.url = server.Url("/metadata");
  EXPECT_THAT(Send(request), StatusIs(kDenied, HasSubstr("may not be called")));
  ASSERT_THAT(egress_.Allow(server.Url("/")), IsOk());
  for (const std::string& url :
       {absl::StrCat("http://a@127.0.0.1:", server.port(), "/"), std::string("http://127.0.0.1:1/"),
        std::string("ftp://127.0.0.1/"), std::string("not a url"), std::string()}) {
    request.url = url;
    EXPECT_THAT(Send(request), StatusIs(kDenied)) << url;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(CurlHttpClientTest, LineBreaksInHeadersAreRefused) {
  TestHttpServer server([](const TestRequest&) { return Text(""); });
  const std::pair<std::string, std::string> cases[] = {
      {"Authorization", "Bearer a\r\nX-Evil: 1"},
      {"Authorization", "Bearer a\nX-Evil: 1"},
      {"Authorization", std::string("Bearer a\0b", 10)},
      {"X-Evil: 1\r\nX", "1"},
      {"", "1"},
      {"a b", "1"}};
  for (const auto& header : cases) {
    HttpRequest request = RequestTo(server.Url("/"));
    request.headers.push_back(header);
    EXPECT_THAT(Send(request), StatusIs(kDenied)) << header.first;
  }
  EXPECT_THAT(Send(RequestTo(server.Url("/"), "GET / HTTP/1.1\r\nX: 1\r\n\r\nGET")),
              StatusIs(kDenied));
  EXPECT_THAT(server.Requests(), IsEmpty());
}

TEST_F(CurlHttpClientTest, TimeoutsOutOfRangeAreBounded) {
  TestHttpServer server([](const TestRequest&) { return Text("ok"); });
  HttpRequest request = RequestTo(server.Url("/"));
  request.timeout = absl::InfiniteDuration();
  EXPECT_THAT(Send(request), IsOk());
  TestHttpServer silent([](const TestRequest&) { return Held(); });
  request = RequestTo(silent.Url("/"));
  request.timeout = -absl::Seconds(1);  // not "none", as zero would be to the library
  EXPECT_THAT(Send(request), Not(IsOk()));
}

Task<void> SendAndKeep(HttpClient* client, HttpRequest request, absl::Status* status,
                       absl::Notification* done) {
  absl::StatusOr<HttpReply> reply = co_await client->Send(std::move(request));
  *status = reply.status();
  done->Notify();
}

TEST_F(CurlHttpClientTest, DestructionEndsWhatIsInFlight) {
  TestHttpServer server([](const TestRequest&) { return Held(); });
  absl::Status status;
  absl::Notification done;
  Spawn(&loop_,
        SendAndKeep(client_.get(), RequestTo(server.Url("/token"), "POST", "a=b"), &status, &done));
  server.AwaitRequests(1);
  DestroyClient();
  done.WaitForNotification();
  EXPECT_THAT(status, StatusIs(kAborted));
}

}  // namespace
}  // namespace evertoken
