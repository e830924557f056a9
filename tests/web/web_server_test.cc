#include "server/web/web_server.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/fakes/status_matchers.h"
#include "tests/fakes/test_certificate.h"
#include "tests/web/login_fixture.h"
#include "tests/web/web_client.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(WebServerTest, TellsHealthReadinessAndMetrics) {
  LoginFixture web;
  EXPECT_EQ(web.Get("/healthz").status, 200);
  EXPECT_EQ(web.Get("/readyz").status, 200);
  EXPECT_EQ(web.Get("/readyz").body, "{\"ready\":true}\n");
  web.ready = false;
  const WebReply not_ready = web.Get("/readyz");
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_EQ(not_ready.body, "{\"ready\":false}\n");
  EXPECT_EQ(not_ready.Header("content-type"), "application/json");
  EXPECT_EQ(web.Get("/healthz").status, 200);

  const WebReply metrics = web.Get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_THAT(metrics.Header("content-type"), StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(metrics.body,
              HasSubstr("evertoken_requests_total{code=\"503\",method=\"GET /readyz\"} 1"));
}

TEST(WebServerTest, ServesWhatItsPagesReferTo) {
  LoginFixture web;
  EXPECT_THAT(web.Get("/style.css").Header("content-type"), StartsWith("text/css"));
  EXPECT_THAT(web.Get("/submit.js").Header("content-type"), StartsWith("text/javascript"));
  EXPECT_EQ(web.Get("/favicon.ico").status, 204);
  EXPECT_EQ(web.Get("/favicon.ico").All("content-length").size(), 0u);
}

TEST(WebServerTest, EveryReplyCarriesTheSecurityHeaders) {
  LoginFixture web("https://login.test");
  for (const char* target : {"/", "/login/idp", "/login/idp?app=nobody",
                             "/callback/idp?code=c&state=s", "/callback/idp", "/healthz", "/readyz",
                             "/metrics", "/style.css", "/submit.js", "/favicon.ico", "/nowhere"}) {
    for (const char* method : {"GET", "HEAD", "DELETE"}) {
      const WebReply reply = web.Get(target, "", method);
      EXPECT_THAT(reply.Header("content-security-policy"),
                  AllOf(HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'")))
          << method << target;
      EXPECT_EQ(reply.Header("x-content-type-options"), "nosniff") << method << target;
      EXPECT_EQ(reply.Header("referrer-policy"), "no-referrer") << method << target;
      EXPECT_EQ(reply.All("cache-control").size(), 1u) << method << target;
      EXPECT_NE(reply.Header("strict-transport-security"), "") << method << target;
      EXPECT_NE(reply.Header("x-request-id"), "") << method << target;
    }
  }
}

TEST(WebServerTest, CanBeOff) {
  config::v1::Web config;
  config.set_listen("off");
  auto server = WebServer::Start(config, "", WebServerParts());
  ASSERT_THAT(server, IsOk());
  EXPECT_EQ((*server)->port(), 0);
  (*server)->Drain(absl::Seconds(1));
}

TEST(WebServerTest, NamesAnAddressInUse) {
  LoginFixture web;
  EventLoop loop("loop");
  WebServerParts parts;
  parts.loops = {&loop};
  config::v1::Web config;
  config.set_listen(absl::StrCat("127.0.0.1:", web.port()));
  EXPECT_THAT(WebServer::Start(config, "", parts),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(config.listen())));
}

TEST(WebServerTest, WithoutAPublicUrlItIsLocalhost) {
  LoginFixture web("");
  EXPECT_EQ(ParametersOf(web.Begin().location)["redirect_uri"],
            absl::StrCat("http://localhost:", web.port(), "/callback/idp"));
}

class WebServerTlsTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<WebServer>> Start(const std::string& certificate,
                                                   const std::string& private_key) {
    config::v1::Web config;
    config.set_listen("127.0.0.1:0");
    config.mutable_tls()->set_certificate(certificate);
    config.mutable_tls()->set_private_key(private_key);
    WebServerParts parts;
    parts.loops = {&loop_};
    parts.metrics = &metrics_;
    return WebServer::Start(config, "", parts);
  }

  EventLoop loop_{"loop"};
  Metrics metrics_;
  const TestCertificate first_ = MakeTestCertificate({"localhost"});
  const TestCertificate second_ = MakeTestCertificate({"localhost"});
};

TEST_F(WebServerTlsTest, Serves) {
  auto server =
      Start(WriteTestFile("a.crt", first_.certificate), WriteTestFile("a.key", first_.private_key));
  ASSERT_THAT(server, IsOk());
  WebClient client((*server)->port(), /*tls=*/true);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client.Send(Request("/healthz")));
    const auto reply = client.Receive();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->status, 200);
    EXPECT_NE(reply->Header("strict-transport-security"), "");
  }
  WebClient plain((*server)->port());
  EXPECT_TRUE(plain.Send(Request("/healthz")));
  EXPECT_THAT(plain.ReadToEnd(), testing::Not(HasSubstr("200 OK")));
  ASSERT_TRUE(client.Send(Request("/healthz", "Connection: close\r\n")));
  EXPECT_TRUE(client.Receive().has_value());
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(WebServerTlsTest, NamesTheFileThatCannotBeUsed) {
  const std::string certificate = WriteTestFile("b.crt", first_.certificate);
  const std::string private_key = WriteTestFile("b.key", first_.private_key);
  const std::string other_key = WriteTestFile("c.key", second_.private_key);
  const auto is_invalid = [](const char* text) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(text));
  };
  EXPECT_THAT(Start("/nowhere.crt", private_key), is_invalid("/nowhere.crt"));
  EXPECT_THAT(Start(certificate, "/nowhere.key"), is_invalid("/nowhere.key"));
  EXPECT_THAT(Start(private_key, private_key), is_invalid("b.key"));
  EXPECT_THAT(Start(certificate, other_key), is_invalid("c.key"));
}

}  // namespace
}  // namespace evertoken
