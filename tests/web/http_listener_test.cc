#include "server/web/http_listener.h"

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/base/event_loop.h"
#include "tests/fakes/status_matchers.h"
#include "tests/web/http_fixture.h"
#include "tests/web/web_client.h"

namespace evertoken {
namespace {

using testing::HasSubstr;

TEST(HttpListenerTest, RefusesWhatIsNoAddress) {
  EventLoop loop("loop");
  for (const char* listen :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1"}) {
    EXPECT_THAT(HttpListener::Bind(listen, {&loop}, WebLimits()),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << listen;
  }
  EXPECT_THAT(HttpListener::Bind("no.such.host.invalid:0", {&loop}, WebLimits()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no.such.host.invalid")));
}

TEST(HttpListenerTest, NamesTheAddressThatIsInUse) {
  HttpFixture http;
  EventLoop loop("loop");
  const std::string listen = absl::StrCat("127.0.0.1:", http.port());
  EXPECT_THAT(HttpListener::Bind(listen, {&loop}, WebLimits()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(listen)));
}

TEST(HttpListenerTest, ListensOnNamesAndIpv6) {
  EventLoop loop("loop");
  EXPECT_THAT(HttpListener::Bind("localhost:0", {&loop}, WebLimits()), IsOk());
  auto v6 = HttpListener::Bind("[::1]:0", {&loop}, WebLimits());
  // A machine without IPv6 says so, and in our words.
  if (!v6.ok()) {
    EXPECT_THAT(v6, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("[::1]")));
  }
}

TEST(HttpListenerTest, ClosesConnectionsBeyondTheLimit) {
  WebLimits limits;
  limits.connections = 2;
  HttpFixture http(limits);
  WebClient first(http.port());
  WebClient second(http.port());
  ASSERT_TRUE(first.Send(Request("/echo")));
  ASSERT_TRUE(first.Receive().has_value());
  ASSERT_TRUE(second.Send(Request("/echo")));
  ASSERT_TRUE(second.Receive().has_value());
  WebClient third(http.port());
  EXPECT_EQ(third.ReadToEnd(), "");
  ASSERT_TRUE(first.Send(Request("/echo?still")));
  EXPECT_THAT(first.Receive()->body, HasSubstr("still"));
}

TEST(HttpListenerTest, DrainLetsRequestsFinishAndClosesIdleConnections) {
  HttpFixture http;
  WebClient idle(http.port());
  ASSERT_TRUE(idle.Send(Request("/echo")));
  ASSERT_TRUE(idle.Receive().has_value());
  WebClient busy(http.port());
  ASSERT_TRUE(busy.Send(Request("/hold")));
  WebResponder respond = http.held.Take();

  std::thread drain([&http] { http.listener->Drain(absl::Minutes(2)); });
  EXPECT_EQ(idle.ReadToEnd(), "");
  respond(WebResponse());
  const auto reply = busy.Receive();
  EXPECT_TRUE(reply.has_value());
  EXPECT_EQ(reply->Header("connection"), "close");
  EXPECT_EQ(busy.ReadToEnd(), "");
  drain.join();
  EXPECT_FALSE(WebClient(http.port()).Send(Request("/echo")));
}

TEST(HttpListenerTest, DrainCutsWhatDoesNotFinish) {
  HttpFixture http;
  WebClient busy(http.port());
  ASSERT_TRUE(busy.Send(Request("/hold")));
  WebResponder respond = http.held.Take();
  http.listener->Drain(absl::ZeroDuration());
  EXPECT_EQ(busy.ReadToEnd(), "");
  // An answer that comes too late has nowhere to go.
  respond(WebResponse());
}

TEST(HttpListenerTest, MayBeDestroyedWhileRequestsWait) {
  HttpFixture http;
  WebClient busy(http.port());
  ASSERT_TRUE(busy.Send(Request("/hold")));
  WebResponder respond = http.held.Take();
  http.listener.reset();
  respond(WebResponse());
}

}  // namespace
}  // namespace evertoken
