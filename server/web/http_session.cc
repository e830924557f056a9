#include "server/web/http_session.h"

#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/request_context.h"
#include "server/web/error_page.h"

namespace evertoken {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;
using tcp = asio::ip::tcp;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// How much of what a refused client still sends is read before its connection is cut.
constexpr size_t kLingerBytes = 256 << 10;
constexpr absl::Duration kLingerTimeout = absl::Seconds(2);

std::string ToString(beast::string_view text) { return std::string(text.data(), text.size()); }

// The HTTP status that tells a client what was wrong with its bytes; 0: there is nobody to tell.
int StatusOf(const ErrorCode& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  return error.category() == http::make_error_code(http::error::bad_method).category() ? 400 : 0;
}

using Fields = http::request<http::string_body>;

std::string JoinedCookies(const Fields& message) {
  std::string cookies;
  const auto [begin, end] = message.equal_range(http::field::cookie);
  for (auto it = begin; it != end; ++it) {
    absl::StrAppend(&cookies, cookies.empty() ? "" : "; ", ToString(it->value()));
  }
  return cookies;
}

// Splits a target into path and query. The absolute form must be understood by servers too (RFC 9112 section 3.2.2).
void SplitTarget(std::string target, WebRequest* request) {
  const size_t scheme = absl::StartsWith(target, "/") ? std::string::npos : target.find("://");
  if (scheme != std::string::npos) {
    const size_t path = target.find_first_of("/?", scheme + 3);
    target = path == std::string::npos ? "/" : target.substr(path);
    if (target[0] == '?') target.insert(0, "/");
  }
  const size_t question = target.find('?');
  request->path = target.substr(0, question);
  if (question != std::string::npos) request->query = target.substr(question + 1);
}

WebRequest ToWebRequest(Fields message) {
  WebRequest request;
  request.method = ToString(message.method_string());
  SplitTarget(ToString(message.target()), &request);
  request.cookies = JoinedCookies(message);
  request.content_type = ToString(message[http::field::content_type]);
  request.context =
      MakeRequestContext(ToString(message["x-request-id"]), ToString(message["traceparent"]));
  request.body = std::move(message.body());
  return request;
}

template <typename Stream>
class HttpSession final : public WebSession,
                          public std::enable_shared_from_this<HttpSession<Stream>> {
 public:
  HttpSession(Stream stream, HttpSessionParts parts)
      : parts_(std::move(parts)),
        stream_(std::move(stream)),
        buffer_(2 * parts_.limits.header_bytes) {}

  void Start() {
    parts_.place->Seat(this->shared_from_this());
    parts_.loop->Post([self = this->shared_from_this()] { self->Greet(); });
  }

  void Drain() override {
    parts_.loop->Post([self = this->shared_from_this()] {
      self->keep_alive_ = false;
      self->draining_ = true;
      if (self->idle_ && self->buffer_.size() == 0) self->CloseNow();
    });
  }

  void Close() override {
    parts_.loop->Post([self = this->shared_from_this()] { self->CloseNow(); });
  }

 private:
  // Binds a member function as a handler that keeps the session alive.
  template <typename Method>
  auto Then(Method method) {
    return [self = this->shared_from_this(), method](const ErrorCode& error, auto&&...) {
      ((*self).*method)(error);
    };
  }

  auto& socket_stream() { return beast::get_lowest_layer(stream_); }

  void ExpireAfter(absl::Duration timeout) {
    socket_stream().expires_after(absl::ToChronoNanoseconds(timeout));
  }

  void Greet() {
    if (closed_) return;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      ExpireAfter(parts_.limits.read_timeout);
      stream_.async_handshake(asio::ssl::stream_base::server, Then(&HttpSession::OnGreeted));
    } else {
      ReadHeader();
    }
  }

  void OnGreeted(const ErrorCode& error) {
    if (error) return CloseNow();
    ReadHeader();
  }

  void ReadHeader() {
    if (closed_) return;
    // A drain that came during the handshake ends here; one that came during a request, with its reply.
    if (draining_) return CloseNow();
    parser_.emplace();
    parser_->header_limit(parts_.limits.header_bytes);
    parser_->body_limit(parts_.limits.body_bytes);
    idle_ = true;
    ExpireAfter(parts_.limits.read_timeout);
    http::async_read_header(stream_, buffer_, *parser_, Then(&HttpSession::OnHeader));
  }

  void OnHeader(const ErrorCode& error) {
    idle_ = false;
    if (error) return Refuse(error);
    keep_alive_ = parser_->keep_alive() && !draining_;
    head_only_ = parser_->get().method() == http::verb::head;
    const bool waits = beast::iequals(parser_->get()[http::field::expect], "100-continue");
    if (waits && !parser_->is_done()) return SendContinue();
    ReadBody();
  }

  void SendContinue() {
    interim_ = http::response<http::empty_body>(http::status::continue_, 11);
    http::async_write(stream_, interim_, Then(&HttpSession::OnContinueSent));
  }

  void OnContinueSent(const ErrorCode& error) {
    if (error) return CloseNow();
    ReadBody();
  }

  void ReadBody() {
    ExpireAfter(parts_.limits.read_timeout);
    http::async_read(stream_, buffer_, *parser_, Then(&HttpSession::OnRequest));
  }

  void OnRequest(const ErrorCode& error) {
    if (error) return Refuse(error);
    socket_stream().expires_never();
    started_ = parts_.service->Now();
    WebRequest request = ToWebRequest(parser_->release());
    context_ = request.context;
    awaiting_reply_ = this->shared_from_this();
    label_ = parts_.service->Handle(std::move(request), MakeResponder());
  }

  WebResponder MakeResponder() {
    return [loop = parts_.loop, session = this->weak_from_this()](WebResponse response) {
      // By Post even from this loop, so that a handler never finds itself inside its own reply.
      loop->Post([session, response = std::move(response)]() mutable {
        if (auto self = session.lock()) self->Reply(std::move(response));
      });
    };
  }

  // Answers bytes that are no request, then ends the connection: where the next request would begin is anyone's guess.
  void Refuse(const ErrorCode& error) {
    const int status = StatusOf(error);
    if (closed_ || status == 0) return CloseNow();
    keep_alive_ = false;
    linger_ = true;
    started_ = parts_.service->Now();
    label_ = "malformed";
    context_ = MakeRequestContext("", "");
    awaiting_reply_ = this->shared_from_this();
    Reply(HttpErrorResponse(status, context_));
  }

  void Reply(WebResponse response) {
    if (closed_ || awaiting_reply_ == nullptr) return;
    const auto self = std::exchange(awaiting_reply_, nullptr);
    parts_.service->Finish(label_, context_, started_, &response);
    reply_ = {};
    reply_.version(11);
    reply_.result(static_cast<unsigned>(response.status));
    for (const auto& [name, value] : response.headers) reply_.insert(name, value);
    if (response.status != 204) {
      reply_.set(http::field::content_type, response.content_type);
      reply_.content_length(response.body.size());
    }
    if (!head_only_) reply_.body() = std::move(response.body);
    reply_.keep_alive(keep_alive_ && !draining_);
    ExpireAfter(parts_.limits.write_timeout);
    http::async_write(stream_, reply_, Then(&HttpSession::OnReplied));
  }

  void OnReplied(const ErrorCode& error) {
    if (error || closed_) return CloseNow();
    if (reply_.keep_alive() && !draining_) return ReadHeader();
    SayGoodbye();
  }

  void SayGoodbye() {
    ExpireAfter(kLingerTimeout);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_shutdown(Then(&HttpSession::OnGoodbye));
    } else {
      OnGoodbye(ErrorCode());
    }
  }

  void OnGoodbye(const ErrorCode&) {
    ErrorCode ignored;
    socket_stream().socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (!linger_) return CloseNow();
    Linger();
  }

  // Closing while the client still sends would reset the connection and take the reply back out of its hands.
  void Linger() {
    auto handler = [self = this->shared_from_this()](const ErrorCode& error, size_t bytes) {
      self->OnLingered(error, bytes);
    };
    socket_stream().async_read_some(asio::buffer(trash_), std::move(handler));
  }

  void OnLingered(const ErrorCode& error, size_t bytes) {
    lingered_ += bytes;
    if (error || closed_ || lingered_ > kLingerBytes) return CloseNow();
    Linger();
  }

  void CloseNow() {
    closed_ = true;
    socket_stream().close();
    const auto self = std::exchange(awaiting_reply_, nullptr);
  }

  const HttpSessionParts parts_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::empty_body> interim_;
  http::response<http::string_body> reply_;
  RequestContext context_;
  std::string label_;
  absl::Time started_;
  char trash_[4096];
  size_t lingered_ = 0;
  // This session, while a handler has its request: no operation on the socket holds it then.
  std::shared_ptr<HttpSession> awaiting_reply_;
  bool idle_ = false;
  bool keep_alive_ = false;
  bool head_only_ = false;
  bool draining_ = false;
  bool linger_ = false;
  bool closed_ = false;
};

}  // namespace

void ServeHttp(int socket, bool is_v6, HttpSessionParts parts) {
  tcp::socket connection(parts.loop->io_context());
  ErrorCode error;
  connection.assign(is_v6 ? tcp::v6() : tcp::v4(), socket, error);
  if (error) {
    ::close(socket);
    return;
  }
  connection.set_option(tcp::no_delay(true), error);
  PlainStream stream(std::move(connection));
  if (parts.tls == nullptr) {
    std::make_shared<HttpSession<PlainStream>>(std::move(stream), std::move(parts))->Start();
  } else {
    TlsStream tls(std::move(stream), parts.tls->native());
    std::make_shared<HttpSession<TlsStream>>(std::move(tls), std::move(parts))->Start();
  }
}

}  // namespace evertoken
