// Over real sockets, by the HTTP client that the server uses: what each trouble looks like on the wire.
#include "tests/hostile_provider/hostile_server.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/event_loop.h"
#include "server/base/task.h"
#include "server/http/curl_http_client.h"
#include "server/http/egress_policy.h"
#include "server/provider/json_document.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken::hostile {
namespace {

using testing::HasSubstr;

// A request that a test does not wait for at once.
struct Pending {
  absl::Notification done;
  absl::StatusOr<HttpReply> reply;
};

Task<void> Ask(HttpClient* http, HttpRequest request, std::shared_ptr<Pending> pending) {
  absl::StatusOr<HttpReply> reply = co_await http->Send(std::move(request));
  pending->reply = std::move(reply);
  pending->done.Notify();
}

class HostileServerTest : public testing::Test {
 protected:
  HostileServerTest() {
    HostileServerOptions options;
    options.algorithm = IdTokenKeys::Algorithm::kEs256;
    server_ = *HostileServer::Start(options);
    EXPECT_THAT(egress_.Allow(server_->issuer()), IsOk());
    RunOn(&loop_,
          [this] { http_ = std::make_unique<CurlHttpClient>(&loop_, &egress_, CurlOptions()); });
  }
  ~HostileServerTest() override {
    RunOn(&loop_, [this] { http_.reset(); });
    RunOn(&loop_, [] {});  // requests that were pending end before the loop does
  }

  HttpRequest RequestTo(const std::string& path, std::string method, std::string body) const {
    HttpRequest request;
    request.method = std::move(method);
    request.url = server_->issuer() + path;
    request.body = std::move(body);
    request.timeout = absl::Seconds(60);
    return request;
  }

  absl::StatusOr<HttpReply> Send(HttpRequest request) {
    return AwaitOn(&loop_, http_->Send(std::move(request)));
  }

  std::shared_ptr<Pending> Begin(HttpRequest request) {
    auto pending = std::make_shared<Pending>();
    Spawn(&loop_, Ask(http_.get(), std::move(request), pending));
    return pending;
  }

  // Waits until the provider has the one request that meets a queued trouble.
  void AwaitArrival() {
    while (Admin("/admin/counts", "", "/troubles_queued") != "0") continue;
  }

  // The text at a JSON Pointer of the answer to an admin request; empty when there is none.
  std::string Admin(const std::string& path, const std::string& body, const std::string& pointer) {
    const absl::StatusOr<HttpReply> reply =
        Send(RequestTo(path, body.empty() ? "GET" : "POST", body));
    EXPECT_THAT(reply, IsOk());
    if (!reply.ok()) return "";
    EXPECT_EQ(reply->status, 200) << reply->body;
    const auto document = JsonDocument::Parse(reply->body);
    return document == nullptr ? "" : document->root().At(pointer).Text().value_or("");
  }

  void Cause(const std::string& trouble) { Admin("/admin/troubles", trouble, ""); }

  std::string NewToken() { return Admin("/admin/families", "{}", "/refresh_token"); }

  HttpRequest RefreshOf(const std::string& token) const {
    HttpRequest request =
        RequestTo("/token", "POST",
                  absl::StrCat("grant_type=refresh_token&client_id=evertoken&client_secret=hostile",
                               "&refresh_token=", token));
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    return request;
  }

  std::string CountOf(const std::string& verdict) {
    return Admin("/admin/counts", "", absl::StrCat("/presentations/", verdict));
  }

  EventLoop loop_{"test"};
  EgressPolicy egress_{/*allow_insecure_loopback=*/true};
  std::unique_ptr<HostileServer> server_;
  std::unique_ptr<CurlHttpClient> http_;
};

TEST_F(HostileServerTest, WithoutTroubleItIsAProvider) {
  const absl::StatusOr<HttpReply> reply = Send(RefreshOf(NewToken()));
  ASSERT_THAT(reply, IsOk());
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->Header("content-type"), "application/json");
  EXPECT_THAT(reply->body, HasSubstr("access_token"));
  EXPECT_EQ(CountOf("renewed"), "1");
}

TEST_F(HostileServerTest, LostRepliesSpendAndLostRequestsDoNot) {
  const std::string token = NewToken();
  Cause(R"({"fault":"request_lost"})");
  EXPECT_THAT(Send(RefreshOf(token)), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(CountOf("lost"), "1");
  Cause(R"({"fault":"reply_lost"})");
  EXPECT_THAT(Send(RefreshOf(token)), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(CountOf("renewed"), "1");
  EXPECT_EQ(Send(RefreshOf(token))->status, 400);
  EXPECT_EQ(CountOf("reused"), "1");
}

TEST_F(HostileServerTest, BodiesBreakOffOrNeverEnd) {
  Cause(R"({"fault":"half_body"})");
  EXPECT_THAT(Send(RefreshOf(NewToken())), StatusIs(absl::StatusCode::kAborted));
  Cause(R"({"fault":"huge_body"})");
  EXPECT_THAT(Send(RefreshOf(NewToken())), StatusIs(absl::StatusCode::kResourceExhausted));
  Cause(R"({"fault":"empty_body"})");
  EXPECT_EQ(Send(RefreshOf(NewToken()))->body, "");
  EXPECT_EQ(CountOf("renewed"), "3");
}

TEST_F(HostileServerTest, StatusAndHeadersAreAsScripted) {
  Cause(R"({"fault":"status","status":429,"retry_after":"7"})");
  const absl::StatusOr<HttpReply> throttled = Send(RefreshOf(NewToken()));
  EXPECT_EQ(throttled->status, 429);
  EXPECT_EQ(throttled->Header("retry-after"), "7");
  Cause(R"({"fault":"redirect"})");
  const absl::StatusOr<HttpReply> redirect = Send(RefreshOf(NewToken()));
  EXPECT_EQ(redirect->status, 302);
  EXPECT_EQ(redirect->Header("location"), "/moved");
}

// The delays are longer than any test runs, so that nothing hangs on how fast this machine is.
TEST_F(HostileServerTest, DelaysHoldNobodyElseUp) {
  const std::string token = NewToken();
  Cause(R"({"delay_before":"1h"})");
  const auto first = Begin(RefreshOf(token));
  AwaitArrival();
  EXPECT_EQ(CountOf("renewed"), "0") << "the request arrived, and its effect is an hour away";
  Cause(R"({"delay_after":"1h"})");
  const auto second = Begin(RefreshOf(token));
  AwaitArrival();
  EXPECT_EQ(CountOf("renewed"), "1");
  EXPECT_EQ(Send(RefreshOf(token))->status, 400) << "the token is spent";
  EXPECT_FALSE(first->done.HasBeenNotified());
  EXPECT_FALSE(second->done.HasBeenNotified()) << "the reply is still on its way";
}

TEST_F(HostileServerTest, TimeCanBeMovedOn) {
  const std::string token =
      Admin("/admin/families", R"({"policy":{"refresh_life":"idle","refresh_life_length":"10h"}})",
            "/refresh_token");
  Admin("/admin/clock", R"({"advance":"10h"})", "");
  EXPECT_EQ(Send(RefreshOf(token))->status, 400);
}

TEST_F(HostileServerTest, AResetForgetsEverything) {
  const std::string token = NewToken();
  Cause(R"({"fault":"status"})");
  Admin("/admin/clock", R"({"advance":"10h"})", "");
  Admin("/admin/reset", "{}", "");
  EXPECT_EQ(Send(RefreshOf(token))->status, 400);
  EXPECT_EQ(Admin("/admin/counts", "", "/families"), "0");
}

TEST_F(HostileServerTest, ARequestOnItsWayIsNotTouchedByAReset) {
  const std::string token = NewToken();
  Cause(R"({"delay_before":"200ms"})");
  const auto pending = Begin(RefreshOf(token));
  AwaitArrival();
  Admin("/admin/reset", "{}", "");
  pending->done.WaitForNotification();
  ASSERT_THAT(pending->reply, IsOk());
  EXPECT_EQ(pending->reply->status, 200) << "its family is that of before";
}

TEST_F(HostileServerTest, APortInUseIsNamed) {
  HostileServerOptions options;
  options.port = server_->port();
  EXPECT_THAT(HostileServer::Start(options), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                      HasSubstr(absl::StrCat(options.port))));
}

}  // namespace
}  // namespace evertoken::hostile
