#include "tests/fakes/test_http_server.h"

#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"

namespace evertoken {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using Error = boost::system::error_code;

// Everything a test wants to know afterwards, and the gate for held replies.
struct Shared {
  TestHttpServer::Handler handler;
  mutable absl::Mutex mutex;
  int connections ABSL_GUARDED_BY(mutex) = 0;
  std::vector<TestRequest> requests ABSL_GUARDED_BY(mutex);
  std::vector<std::string> offered ABSL_GUARDED_BY(mutex);
  std::vector<std::function<void()>> held;  // of the server's thread
};

TestRequest ParseHead(const std::string& head) {
  TestRequest request;
  for (absl::string_view line : absl::StrSplit(head, "\r\n", absl::SkipEmpty())) {
    if (request.method.empty()) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      request.method = words[0];
      request.target = words.size() > 1 ? words[1] : "";
      continue;
    }
    const std::pair<absl::string_view, absl::string_view> header =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    request.headers.emplace_back(absl::AsciiStrToLower(header.first),
                                 std::string(absl::StripAsciiWhitespace(header.second)));
  }
  return request;
}

std::string Serialize(const TestReply& reply, bool head_only) {
  if (reply.raw.has_value()) return *reply.raw;
  std::string text = absl::StrCat("HTTP/1.1 ", reply.status,
                                  " Status\r\nContent-Length: ", reply.body.size(), "\r\n");
  for (const auto& [name, value] : reply.headers) absl::StrAppend(&text, name, ": ", value, "\r\n");
  absl::StrAppend(&text, "\r\n", head_only ? std::string() : reply.body);
  return text;
}

// One connection: reads a request, answers it, and again.
template <typename Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(Stream stream, Shared* shared) : stream_(std::move(stream)), shared_(shared) {}

  void Start() {
    if constexpr (std::is_same_v<Stream, tcp::socket>) {
      ReadHead();
    } else {
      stream_.async_handshake(ssl::stream_base::server,
                              [self = this->shared_from_this()](Error error) {
                                if (!error) self->ReadHead();
                              });
    }
  }

 private:
  void ReadHead() {
    asio::async_read_until(stream_, asio::dynamic_buffer(input_), "\r\n\r\n",
                           [self = this->shared_from_this()](Error error, size_t size) {
                             if (!error) self->ReadBody(size);
                           });
  }

  void ReadBody(size_t head_size) {
    request_ = ParseHead(input_.substr(0, head_size));
    input_.erase(0, head_size);
    size_t length = 0;
    (void)absl::SimpleAtoi(request_.Header("content-length"), &length);
    const size_t missing = length - std::min(length, input_.size());
    asio::async_read(stream_, asio::dynamic_buffer(input_), asio::transfer_exactly(missing),
                     [self = this->shared_from_this(), length](Error error, size_t) {
                       if (!error) self->Answer(length);
                     });
  }

  void Answer(size_t length) {
    request_.body = input_.substr(0, length);
    input_.erase(0, length);
    reply_ = shared_->handler(request_);
    {
      absl::MutexLock lock(&shared_->mutex);
      shared_->requests.push_back(request_);
    }
    if (reply_.held) {
      shared_->held.push_back([self = this->shared_from_this()] { self->Write(); });
    } else {
      Write();
    }
  }

  void Write() {
    output_ = Serialize(reply_, request_.method == "HEAD");
    asio::async_write(stream_, asio::buffer(output_),
                      [self = this->shared_from_this()](Error error, size_t) {
                        if (!error) self->AfterReply();
                      });
  }

  void AfterReply() {
    if (reply_.then == TestReply::Then::kKeep) return ReadHead();
    Error ignored;
    // A zero linger time makes close() send a reset.
    if (reply_.then == TestReply::Then::kReset)
      stream_.lowest_layer().set_option(asio::socket_base::linger(true, 0), ignored);
    stream_.lowest_layer().close(ignored);
  }

  Stream stream_;
  Shared* const shared_;
  std::string input_;
  std::string output_;
  TestRequest request_;
  TestReply reply_;
};

int RecordAlpn(SSL*, const unsigned char** out, unsigned char* out_size,
               const unsigned char* offered, unsigned size, void* data) {
  Shared* const shared = static_cast<Shared*>(data);
  std::string names;
  for (unsigned i = 0; i < size; i += 1u + offered[i]) {
    const std::string name(reinterpret_cast<const char*>(offered + i + 1), offered[i]);
    absl::StrAppend(&names, names.empty() ? "" : ",", name);
    if (name == "http/1.1") {
      *out = offered + i + 1;
      *out_size = offered[i];
    }
  }
  absl::MutexLock lock(&shared->mutex);
  shared->offered.push_back(names);
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::string TestRequest::Header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

class TestHttpServer::Impl {
 public:
  Impl(Handler handler, const Options& options)
      : secure_(options.certificate.has_value()),
        ipv6_(options.ipv6),
        acceptor_(context_, tcp::endpoint(asio::ip::make_address(ipv6_ ? "::1" : "127.0.0.1"), 0)) {
    shared_.handler = std::move(handler);
    acceptor_.listen(4096);
    if (secure_) {
      tls_.use_certificate_chain(asio::buffer(options.certificate->certificate));
      tls_.use_private_key(asio::buffer(options.certificate->private_key), ssl::context::pem);
      SSL_CTX_set_alpn_select_cb(tls_.native_handle(), RecordAlpn, &shared_);
    }
    Accept();
    thread_ = std::thread([this] { context_.run(); });
  }

  ~Impl() {
    context_.stop();
    thread_.join();
    shared_.held.clear();  // before the context, whose sockets they hold
  }

  void Release() {
    asio::post(context_, [this] {
      for (const auto& send : std::exchange(shared_.held, {})) send();
    });
  }

  std::string Url(const std::string& path) const {
    return absl::StrCat(secure_ ? "https" : "http", "://", ipv6_ ? "[::1]" : "127.0.0.1", ":",
                        port(), path);
  }

  int port() const { return acceptor_.local_endpoint().port(); }
  const Shared& shared() const { return shared_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](Error error, tcp::socket socket) {
      if (error) return;
      {
        absl::MutexLock lock(&shared_.mutex);
        ++shared_.connections;
      }
      if (secure_) {
        using TlsStream = ssl::stream<tcp::socket>;
        std::make_shared<Connection<TlsStream>>(TlsStream(std::move(socket), tls_), &shared_)
            ->Start();
      } else {
        std::make_shared<Connection<tcp::socket>>(std::move(socket), &shared_)->Start();
      }
      Accept();
    });
  }

  const bool secure_;
  const bool ipv6_;
  Shared shared_;
  asio::io_context context_{1};
  ssl::context tls_{ssl::context::tls_server};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

TestHttpServer::TestHttpServer(Handler handler, Options options)
    : impl_(std::make_unique<Impl>(std::move(handler), options)) {}
TestHttpServer::~TestHttpServer() = default;

int TestHttpServer::port() const { return impl_->port(); }
std::string TestHttpServer::Url(const std::string& path) const { return impl_->Url(path); }
void TestHttpServer::Release() { impl_->Release(); }

void TestHttpServer::AwaitRequests(size_t count) const {
  const Shared& shared = impl_->shared();
  absl::MutexLock lock(&shared.mutex);
  const auto arrived = [&shared, count]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return shared.requests.size() >= count;
  };
  shared.mutex.Await(absl::Condition(&arrived));
}

std::vector<TestRequest> TestHttpServer::Requests() const {
  absl::MutexLock lock(&impl_->shared().mutex);
  return impl_->shared().requests;
}

int TestHttpServer::connections() const {
  absl::MutexLock lock(&impl_->shared().mutex);
  return impl_->shared().connections;
}

std::vector<std::string> TestHttpServer::OfferedProtocols() const {
  absl::MutexLock lock(&impl_->shared().mutex);
  return impl_->shared().offered;
}

}  // namespace evertoken
