#include "tests/demo/http_listener.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/base/event_loop.h"

namespace evertoken::demo {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = boost::asio::ip::tcp;

constexpr size_t kMaxBodyBytes = 64 * 1024;
constexpr size_t kMaxHeaderBytes = 16 * 1024;
constexpr int kMaxConnections = 20000;
// Longer than any client keeps an idle connection, so that no request meets a connection that is
// just being closed.
constexpr auto kIdleTimeout = std::chrono::minutes(10);

Request ToRequest(const http::request<http::string_body>& message) {
  Request request;
  request.method = std::string(message.method_string());
  const std::string target(message.target());
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos)
    request.query = ParseForm(absl::string_view(target).substr(mark + 1));
  request.authorization = std::string(message[http::field::authorization]);
  request.body = message.body();
  return request;
}

// One connection; keeps itself alive through its pending operation.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const HttpListener::Handler* handler, int* open)
      : stream_(std::move(socket)), delay_(stream_.get_executor()), handler_(handler), open_(open) {
    ++*open_;
  }
  ~Connection() { --*open_; }

  void Read() {
    parser_.emplace();
    parser_->body_limit(kMaxBodyBytes);
    parser_->header_limit(kMaxHeaderBytes);
    stream_.expires_after(kIdleTimeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](const error_code& error, size_t) {
                       if (!error) self->Answer();
                     });
  }

 private:
  void Answer() { Take((*handler_)(ToRequest(parser_->get()))); }

  void Take(Reply reply) {
    if (reply.delay <= absl::ZeroDuration()) return Finish(std::move(reply));
    stream_.expires_never();
    delay_.expires_after(absl::ToChronoNanoseconds(reply.delay));
    delay_.async_wait(
        [self = shared_from_this(), reply = std::move(reply)](const error_code& error) mutable {
          if (!error) self->Finish(std::move(reply));
        });
  }

  void Finish(Reply reply) {
    if (reply.later) return Take(reply.later());
    if (reply.delivery == Reply::Delivery::kNothing) return;  // the connection goes with its owner
    const bool whole = reply.delivery == Reply::Delivery::kWhole;
    const http::request<http::string_body>& message = parser_->get();
    const size_t size = reply.body.size();
    if (!whole) reply.body.resize(size / 2);
    response_ = {};
    response_.version(message.version());
    response_.keep_alive(message.keep_alive());
    response_.result(static_cast<unsigned>(reply.status));
    response_.set(http::field::content_type, reply.content_type);
    response_.set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : reply.headers) response_.set(name, value);
    response_.body() = std::move(reply.body);
    response_.prepare_payload();
    if (!whole) response_.content_length(size);
    stream_.expires_after(kIdleTimeout);
    http::async_write(stream_, response_,
                      [self = shared_from_this(), whole](const error_code& error, size_t) {
                        if (!error && whole && self->response_.keep_alive()) self->Read();
                      });
  }

  beast::tcp_stream stream_;
  asio::steady_timer delay_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  const HttpListener::Handler* const handler_;
  int* const open_;
};

}  // namespace

class HttpListener::Impl {
 public:
  Impl() : loop_("demo-http"), acceptor_(loop_.io_context()) {}

  // The loop ends first: from then on nobody touches the sockets but the destructors.
  ~Impl() { loop_.Stop(); }

  error_code Open(int port) {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), static_cast<uint16_t>(port));
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    return error;
  }

  void Serve(Handler handler) {
    loop_.Post([this, handler = std::move(handler)]() mutable {
      handler_ = std::move(handler);
      Accept();
    });
  }

  int port() const { return port_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        // Most likely out of file descriptors: asking again at once would only burn the processor.
        loop_.RunAfter(absl::Milliseconds(10), [this] { Accept(); });
        return;
      }
      if (open_ < kMaxConnections) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<Connection>(std::move(socket), &handler_, &open_)->Read();
      }
      Accept();
    });
  }

  // Connections live in the loop's queue and use the first two when they go.
  Handler handler_;
  int open_ = 0;
  int port_ = 0;
  EventLoop loop_;
  tcp::acceptor acceptor_;
};

absl::StatusOr<std::unique_ptr<HttpListener>> HttpListener::Open(int port) {
  auto impl = std::make_unique<Impl>();
  if (const error_code error = impl->Open(port)) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on 127.0.0.1:", port, ": ", error.message()));
  }
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(impl)));
}

HttpListener::HttpListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpListener::~HttpListener() = default;

void HttpListener::Serve(Handler handler) { impl_->Serve(std::move(handler)); }

int HttpListener::port() const { return impl_->port(); }

}  // namespace evertoken::demo
