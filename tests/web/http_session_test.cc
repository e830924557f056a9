#include "server/web/http_session.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/web/http_fixture.h"
#include "tests/web/web_client.h"

namespace evertoken {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(HttpSessionTest, KeepsAConnectionForSeveralRequests) {
  HttpFixture http;
  WebClient client(http.port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Request(absl::StrCat("/echo?n=", i))));
    const auto reply = client.Receive();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->body, absl::StrCat("GET|/echo|n=", i, "|||0|"));
  }
}

TEST(HttpSessionTest, AnswersPipelinedRequestsInOrder) {
  HttpFixture http;
  WebClient client(http.port());
  ASSERT_TRUE(client.Send(Request("/hold") + Request("/echo?second") +
                          Request("/echo?third", "Connection: close\r\n")));
  http.held.Answer("first");
  EXPECT_EQ(client.Receive()->body, "first");
  EXPECT_THAT(client.Receive()->body, HasSubstr("second"));
  EXPECT_THAT(client.Receive()->body, HasSubstr("third"));
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST(HttpSessionTest, PassesOnWhatHandlersNeed) {
  HttpFixture http;
  const WebReply reply =
      Ask(http.port(),
          FormPost("/echo?q=%20", "a=b&c=d",
                   "Cookie: a=1\r\nCookie: b=2\r\n"
                   "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
                   "x-request-id: my-request\r\n"));
  EXPECT_EQ(reply.body,
            "POST|/echo|q=%20|a=1; "
            "b=2|application/x-www-form-urlencoded|7|0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(reply.Header("x-request-id"), "my-request");
}

TEST(HttpSessionTest, UnderstandsAbsoluteTargets) {
  HttpFixture http;
  EXPECT_THAT(Ask(http.port(), Request("http://other.test/echo?a")).body, HasSubstr("|/echo|a|"));
  EXPECT_EQ(Ask(http.port(), Request("http://other.test")).status, 404);
  EXPECT_THAT(Ask(http.port(), Request("/echo?u=http://x/y")).body,
              HasSubstr("|/echo|u=http://x/y|"));
}

TEST(HttpSessionTest, HeadHasTheHeadersOfGetAndNoBody) {
  HttpFixture http;
  WebClient client(http.port());
  ASSERT_TRUE(client.Send(Request("/echo", "", "HEAD") + Request("/echo?after")));
  const auto head = client.Receive(/*head=*/true);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->Header("content-length"), "16");  // HEAD|/echo||||0|
  EXPECT_THAT(client.Receive()->body, HasSubstr("after"));
}

TEST(HttpSessionTest, UnknownPathsAndMethods) {
  HttpFixture http;
  EXPECT_EQ(Ask(http.port(), Request("/none")).status, 404);
  EXPECT_EQ(Ask(http.port(), Request("/<script>alert(1)</script>")).status, 404);
  const WebReply refused = Ask(http.port(), Request("/echo", "", "DELETE"));
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.Header("allow"), "GET, HEAD, POST");
  EXPECT_EQ(Ask(http.port(), Request("/hold", "", "BREW")).status, 405);
}

TEST(HttpSessionTest, AnswersExpectContinue) {
  HttpFixture http;
  WebClient client(http.port());
  ASSERT_TRUE(
      client.Send(Request("/echo", "Content-Length: 3\r\nExpect: 100-continue\r\n", "POST")));
  EXPECT_EQ(client.Receive()->status, 100);
  ASSERT_TRUE(client.Send("abc"));
  EXPECT_THAT(client.Receive()->body, HasSubstr("|3|"));
}

class MalformedRequestTest : public testing::TestWithParam<std::string> {};

TEST_P(MalformedRequestTest, IsAnswered400AndHurtsNobodyElse) {
  HttpFixture http;
  WebClient good(http.port());
  ASSERT_TRUE(good.Send(Request("/echo?before")));
  ASSERT_TRUE(good.Receive().has_value());

  WebClient bad(http.port());
  ASSERT_TRUE(bad.Send(GetParam()));
  const auto reply = bad.Receive();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->status, 400);
  EXPECT_EQ(reply->Header("connection"), "close");
  EXPECT_THAT(reply->Header("content-security-policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(bad.ReadToEnd(), "");

  ASSERT_TRUE(good.Send(Request("/echo?after")));
  EXPECT_THAT(good.Receive()->body, HasSubstr("after"));
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, MalformedRequestTest,
    testing::Values(
        "\x16\x03\x01 this is not HTTP\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnot hex\r\n"));

TEST(HttpSessionTest, BoundsTheHeader) {
  HttpFixture http;
  EXPECT_EQ(Ask(http.port(),
                Request("/echo", absl::StrCat("X-Large: ", std::string(15 << 10, 'x'), "\r\n")))
                .status,
            200);
  EXPECT_EQ(Ask(http.port(),
                Request("/echo", absl::StrCat("X-Large: ", std::string(17 << 10, 'x'), "\r\n")))
                .status,
            431);
  EXPECT_EQ(Ask(http.port(), Request("/echo?" + std::string(64 << 10, 'x'))).status, 431);
}

TEST(HttpSessionTest, BoundsTheBody) {
  HttpFixture http;
  EXPECT_THAT(Ask(http.port(), FormPost("/echo", std::string(64 << 10, 'x'))).body,
              HasSubstr("|65536|"));
  EXPECT_EQ(Ask(http.port(), FormPost("/echo", std::string((64 << 10) + 1, 'x'))).status, 413);
  const std::string chunk = absl::StrCat("8000\r\n", std::string(0x8000, 'x'), "\r\n");
  EXPECT_EQ(
      Ask(http.port(), absl::StrCat(Request("/echo", "Transfer-Encoding: chunked\r\n", "POST"),
                                    chunk, chunk, chunk))
          .status,
      413);
}

TEST(HttpSessionTest, CutsOffWhoIsSlow) {
  WebLimits limits;
  limits.read_timeout = absl::Milliseconds(200);
  HttpFixture http(limits);
  WebClient silent(http.port());
  WebClient slow_header(http.port());
  ASSERT_TRUE(slow_header.Send("GET /echo HTTP/1.1\r\nHost:"));
  WebClient slow_body(http.port());
  ASSERT_TRUE(slow_body.Send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345"));
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_EQ(slow_header.ReadToEnd(), "");
  EXPECT_EQ(slow_body.ReadToEnd(), "");
}

// The time a handler takes is no fault of the client.
TEST(HttpSessionTest, DoesNotCutOffWhoWaitsForAnAnswer) {
  WebLimits limits;
  limits.read_timeout = absl::Milliseconds(200);
  HttpFixture http(limits);
  WebClient waiting(http.port());
  ASSERT_TRUE(waiting.Send(Request("/hold")));
  WebResponder respond = http.held.Take();
  WebClient silent(http.port());
  EXPECT_EQ(silent.ReadToEnd(), "");  // the same timeout has passed
  respond(WebResponse());
  EXPECT_EQ(waiting.Receive()->status, 200);
}

TEST(HttpSessionTest, AClientThatHangsUpHurtsNobody) {
  HttpFixture http;
  WebClient gone(http.port());
  ASSERT_TRUE(gone.Send(Request("/hold")));
  WebResponder respond = http.held.Take();
  gone.Close();
  respond(WebResponse());
  EXPECT_EQ(Ask(http.port(), Request("/echo")).status, 200);
}

TEST(HttpSessionTest, AHandlersLineBreakDoesNotBecomeAHeader) {
  HttpFixture http;
  const WebReply reply = Ask(http.port(), Request("/broken-header"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.All("set-cookie"), IsEmpty());
  EXPECT_THAT(reply.All("location"), IsEmpty());
}

TEST(HttpSessionTest, CountsByRouteAndNeverByPath) {
  HttpFixture http;
  Ask(http.port(), Request("/echo?code=s3cret"));
  Ask(http.port(), Request("/secret-path"));
  const std::string metrics = http.metrics.Serialize();
  EXPECT_THAT(metrics, HasSubstr("GET /echo"));
  EXPECT_THAT(metrics, Not(HasSubstr("secret")));
  EXPECT_THAT(metrics, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace evertoken
