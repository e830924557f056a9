#include <string>

#include "absl/strings/str_cat.h"
#include "server/http/curl_http_client.h"
#include "tests/http/curl_http_client_fixture.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

TestHttpServer::Options Tls(const TestCertificate& certificate) {
  TestHttpServer::Options options;
  options.certificate = certificate;
  return options;
}

class CurlHttpClientTlsTest : public CurlHttpClientTest {
 protected:
  void Trust(const TestCertificate& certificate) {
    CurlOptions options;
    options.young_seconds = 3600;
    options.extra_ca_file = WriteTestFile("ca.pem", certificate.certificate);
    MakeClient(options);
  }
};

TEST_F(CurlHttpClientTlsTest, TrustsTheExtraAuthority) {
  const TestCertificate certificate = MakeTestCertificate({"127.0.0.1", "localhost"});
  TestHttpServer server([](const TestRequest&) { return Text("secure"); }, Tls(certificate));
  Trust(certificate);
  const absl::StatusOr<HttpReply> reply = Get(server.Url("/"));
  ASSERT_THAT(reply, IsOk());
  EXPECT_EQ(reply->body, "secure");
  EXPECT_THAT(Get(absl::StrCat("https://localhost:", server.port(), "/")), IsOk());
}

TEST_F(CurlHttpClientTlsTest, RefusesAnUnknownAuthorityBeforeAnythingIsSent) {
  TestHttpServer server([](const TestRequest&) { return Text(""); },
                        Tls(MakeTestCertificate({"127.0.0.1"})));
  const absl::StatusOr<HttpReply> reply = Post(server.Url("/token"), "refresh_token=r");
  EXPECT_THAT(reply, StatusIs(kUnavailable, HasSubstr("certificate")));
  EXPECT_TRUE(NeverReachedServer(reply.status()));

  Trust(MakeTestCertificate({"127.0.0.1"}));  // another one of the same names
  EXPECT_THAT(Post(server.Url("/token"), "refresh_token=r"), StatusIs(kUnavailable));
  EXPECT_THAT(server.Requests(), IsEmpty());
}

TEST_F(CurlHttpClientTlsTest, RefusesACertificateOfAnotherHost) {
  const TestCertificate certificate = MakeTestCertificate({"idp.example", "127.0.0.2"});
  TestHttpServer server([](const TestRequest&) { return Text(""); }, Tls(certificate));
  Trust(certificate);
  EXPECT_THAT(Post(server.Url("/token"), "refresh_token=r"),
              StatusIs(kUnavailable, HasSubstr("certificate")));
  EXPECT_THAT(server.Requests(), IsEmpty());
}

TEST_F(CurlHttpClientTlsTest, RefusesAPlainServerBehindHttps) {
  TestHttpServer server([](const TestRequest&) { return Text(""); });
  // Two bytes of the handshake read as a request line would make the plain server wait; it is stopped by the timeout.
  HttpRequest request = RequestTo(absl::StrCat("https://127.0.0.1:", server.port(), "/"));
  request.timeout = absl::Milliseconds(100);
  EXPECT_THAT(Send(request), StatusIs(kUnavailable));
  EXPECT_THAT(server.Requests(), IsEmpty());
}

TEST_F(CurlHttpClientTlsTest, MissingAuthorityFileTrustsNobodyMore) {
  CurlOptions options;
  options.extra_ca_file = testing::TempDir() + "/does-not-exist.pem";
  MakeClient(options);
  const TestCertificate certificate = MakeTestCertificate({"127.0.0.1"});
  TestHttpServer server([](const TestRequest&) { return Text(""); }, Tls(certificate));
  EXPECT_THAT(Get(server.Url("/")), StatusIs(kUnavailable));
}

TEST_F(CurlHttpClientTlsTest, OffersHttp2OnlyForWhatMayBeRepeated) {
  const TestCertificate certificate = MakeTestCertificate({"127.0.0.1"});
  TestHttpServer first([](const TestRequest&) { return Text("ok"); }, Tls(certificate));
  TestHttpServer second([](const TestRequest&) { return Text("ok"); }, Tls(certificate));
  Trust(certificate);
  ASSERT_THAT(Get(first.Url("/profile")), IsOk());
  ASSERT_THAT(Post(second.Url("/token"), "a=b"), IsOk());
  EXPECT_THAT(first.OfferedProtocols(), ElementsAre("h2,http/1.1"));
  EXPECT_THAT(second.OfferedProtocols(), ElementsAre("http/1.1"));
}

TEST_F(CurlHttpClientTlsTest, AGetThatSpendsATokenIsPresentedOnce) {
  const TestCertificate certificate = MakeTestCertificate({"127.0.0.1"});
  int requests = 0;
  TestHttpServer server(
      [&requests](const TestRequest&) {
        return ++requests < 3 ? Text("ok") : Raw("", TestReply::Then::kClose);
      },
      Tls(certificate));
  Trust(certificate);
  HttpRequest request = RequestTo(server.Url("/refresh?token=r"));
  request.once = true;
  for (int i = 1; i < 3; ++i) EXPECT_THAT(Send(request), IsOk());
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(server.Requests(), testing::SizeIs(3));
}

TEST_F(CurlHttpClientTlsTest, ReusesConnectionsAndPresentsOnce) {
  const TestCertificate certificate = MakeTestCertificate({"127.0.0.1"});
  int requests = 0;
  TestHttpServer server(
      [&requests](const TestRequest&) {
        return ++requests < 4 ? Text("ok") : Raw("", TestReply::Then::kClose);
      },
      Tls(certificate));
  Trust(certificate);
  for (int i = 1; i < 4; ++i) EXPECT_THAT(Post(server.Url("/token"), "a=b"), IsOk());
  EXPECT_EQ(server.connections(), 1);
  EXPECT_THAT(Post(server.Url("/token"), "refresh_token=r"), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(server.Requests(), testing::SizeIs(4));
}

}  // namespace
}  // namespace evertoken
