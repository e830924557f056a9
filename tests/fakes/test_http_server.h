#ifndef EVERTOKEN_TESTS_FAKES_TEST_HTTP_SERVER_H_
#define EVERTOKEN_TESTS_FAKES_TEST_HTTP_SERVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/test_certificate.h"

namespace evertoken {

struct TestRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  // The first value; empty when the header is missing.
  std::string Header(const std::string& name) const;
};

struct TestReply {
  // What becomes of the connection after the reply.
  enum class Then { kKeep, kClose, kReset };

  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Length is added
  std::string body;
  std::optional<std::string>
      raw;  // sent byte for byte instead of the above; empty: nothing is sent
  Then then = Then::kKeep;
  bool held = false;  // waits for Release
};

// A small HTTP/1.1 server on a free port of 127.0.0.1 (and of ::1, if asked) with a thread of its own.
class TestHttpServer {
 public:
  // Called on the server's thread for every request.
  using Handler = std::function<TestReply(const TestRequest&)>;

  struct Options {
    std::optional<TestCertificate> certificate;  // set: https
    bool ipv6 = false;                           // ::1 instead
  };

  explicit TestHttpServer(Handler handler) : TestHttpServer(std::move(handler), Options()) {}
  TestHttpServer(Handler handler, Options options);
  ~TestHttpServer();

  int port() const;
  // http(s)://127.0.0.1:PORT + path
  std::string Url(const std::string& path) const;

  // Sends the replies that are held now.
  void Release();

  // Waits until so many requests were received.
  void AwaitRequests(size_t count) const;

  std::vector<TestRequest> Requests() const;
  int connections() const;
  // What clients offered by ALPN, in order of connections, like "h2,http/1.1".
  std::vector<std::string> OfferedProtocols() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_TEST_HTTP_SERVER_H_
