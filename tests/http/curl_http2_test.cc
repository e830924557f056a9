// HTTP/2 against a server that we did not write. Needs node.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "server/http/curl_http_client.h"
#include "tests/http/curl_http_client_fixture.h"

namespace evertoken {
namespace {

// The script's process. Its input is a pipe that only this process holds open, so it ends with this process in any case.
class NodeServer {
 public:
  explicit NodeServer(const TestCertificate& certificate) {
    const std::string certificate_file = WriteTestFile("server.crt", certificate.certificate);
    const std::string key_file = WriteTestFile("server.key", certificate.private_key);
    int input[2];
    EXPECT_EQ(pipe2(input, O_CLOEXEC), 0);
    keep_alive_ = input[1];
    const int inherited = dup(input[0]);
    close(input[0]);
    const std::string command =
        absl::StrCat("exec node tests/http/http2_server.mjs ", certificate_file, " ", key_file,
                     " </proc/self/fd/", inherited);
    output_ = popen(command.c_str(), "re");
    close(inherited);
    char line[16] = "";
    EXPECT_NE(fgets(line, sizeof(line), output_), nullptr) << "node did not start the server";
    port_ = std::string(absl::StripAsciiWhitespace(line));
  }

  ~NodeServer() {
    close(keep_alive_);
    pclose(output_);
  }

  std::string Url(const std::string& path) const {
    return absl::StrCat("https://127.0.0.1:", port_, path);
  }

 private:
  int keep_alive_;
  FILE* output_;
  std::string port_;
};

class CurlHttp2Test : public CurlHttpClientTest {
 protected:
  CurlHttp2Test() {
    CurlOptions options;
    options.young_seconds = 3600;
    options.extra_ca_file = WriteTestFile("ca.pem", certificate_.certificate);
    MakeClient(options);
  }

  std::string BodyOf(const absl::StatusOr<HttpReply>& reply) {
    EXPECT_THAT(reply, IsOk());
    return reply.ok() ? reply->body : "";
  }

  const TestCertificate certificate_ = MakeTestCertificate({"127.0.0.1"});
  NodeServer server_{certificate_};
};

TEST_F(CurlHttp2Test, ReadsOverHttp2AndSendsTokensOverHttp1) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(BodyOf(Get(server_.Url("/version"))), "2.0");
    EXPECT_EQ(BodyOf(Post(server_.Url("/version"), "refresh_token=r")), "1.1");
  }
  EXPECT_EQ(BodyOf(Get(server_.Url("/sessions"))), "1");
}

Task<void> SendAndCount(HttpClient* client, HttpRequest request, std::atomic<int>* good,
                        absl::BlockingCounter* done) {
  absl::StatusOr<HttpReply> reply = co_await client->Send(std::move(request));
  if (reply.ok() && reply->body == "released") ++*good;
  done->DecrementCount();
}

TEST_F(CurlHttp2Test, ManyRequestsShareAConnection) {
  ASSERT_EQ(BodyOf(Get(server_.Url("/version"))), "2.0");
  std::atomic<int> good{0};
  absl::BlockingCounter done(8);
  for (int i = 0; i < 8; ++i)
    Spawn(&loop_, SendAndCount(client_.get(), RequestTo(server_.Url("/hold")), &good, &done));
  done.Wait();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(BodyOf(Get(server_.Url("/sessions"))), "1");
}

TEST_F(CurlHttp2Test, StreamThatIsCutOffIsNoReply) {
  EXPECT_THAT(Get(server_.Url("/cut")), StatusIs(absl::StatusCode::kAborted));
}

}  // namespace
}  // namespace evertoken
