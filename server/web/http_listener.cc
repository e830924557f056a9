#include "server/web/http_listener.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/log.h"
#include "server/web/http_session.h"

namespace evertoken {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

// How long to rest when the system has no descriptor to give.
constexpr absl::Duration kAcceptRest = absl::Milliseconds(100);
// How long closed connections may take to let go of their loops.
constexpr absl::Duration kCloseTimeout = absl::Seconds(5);

absl::StatusOr<tcp::endpoint> Resolve(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) ||
      port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("web.listen: \"", listen, "\" is not host:port"));
  }
  std::string host = listen.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  ErrorCode error;
  asio::io_context context;
  tcp::resolver resolver(context);
  const tcp::resolver::results_type found =
      resolver.resolve(host, absl::StrCat(port), tcp::resolver::passive, error);
  if (error || found.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("web.listen: the host of ", listen, " has no address"));
  }
  const auto v4 = std::find_if(found.begin(), found.end(), [](const auto& entry) {
    return entry.endpoint().address().is_v4();
  });
  return v4 != found.end() ? v4->endpoint() : found.begin()->endpoint();
}

}  // namespace

class HttpListener::Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(std::vector<EventLoop*> loops, WebLimits limits,
           std::shared_ptr<SessionRegistry> sessions)
      : loops_(std::move(loops)),
        limits_(limits),
        sessions_(std::move(sessions)),
        acceptor_(loops_[0]->io_context()) {}

  ErrorCode Bind(const tcp::endpoint& endpoint) {
    ErrorCode error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    is_v6_ = endpoint.address().is_v6();
    return error;
  }

  void Serve(std::shared_ptr<const WebService> service, std::shared_ptr<TlsContext> tls) {
    service_ = std::move(service);
    tls_ = std::move(tls);
    loops_[0]->Post([self = shared_from_this()] { self->Accept(); });
  }

  void Close() {
    loops_[0]->Post([self = shared_from_this()] {
      ErrorCode ignored;
      self->closed_ = true;
      self->acceptor_.close(ignored);
    });
  }

  int port() const { return port_; }

 private:
  void Accept() {
    if (closed_) return;
    acceptor_.async_accept([self = shared_from_this()](const ErrorCode& error, tcp::socket socket) {
      self->OnAccepted(error, std::move(socket));
    });
  }

  void OnAccepted(const ErrorCode& error, tcp::socket socket) {
    if (closed_) return;
    if (!error) {
      Hand(std::move(socket));
      Accept();
      return;
    }
    Log(LogLevel::kWarn, "web_accept_failed", {{"error", error.message()}});
    loops_[0]->RunAfter(kAcceptRest, [self = shared_from_this()] { self->Accept(); });
  }

  void Hand(tcp::socket socket) {
    HttpSessionParts parts;
    parts.place = sessions_->Enter();
    if (parts.place == nullptr) {
      Log(LogLevel::kWarn, "web_connections_exhausted",
          {{"limit", static_cast<int64_t>(limits_.connections)}});
      return;
    }
    parts.loop = loops_[next_++ % loops_.size()];
    parts.service = service_;
    parts.tls = tls_;
    parts.limits = limits_;
    ErrorCode error;
    const int descriptor = socket.release(error);
    if (!error) ServeHttp(descriptor, is_v6_, std::move(parts));
  }

  const std::vector<EventLoop*> loops_;
  const WebLimits limits_;
  const std::shared_ptr<SessionRegistry> sessions_;
  tcp::acceptor acceptor_;
  std::shared_ptr<const WebService> service_;
  std::shared_ptr<TlsContext> tls_;
  int port_ = 0;
  bool is_v6_ = false;
  bool closed_ = false;
  size_t next_ = 0;
};

absl::StatusOr<std::unique_ptr<HttpListener>> HttpListener::Bind(const std::string& listen,
                                                                 std::vector<EventLoop*> loops,
                                                                 WebLimits limits) {
  const absl::StatusOr<tcp::endpoint> endpoint = Resolve(listen);
  if (!endpoint.ok()) return endpoint.status();
  auto sessions = std::make_shared<SessionRegistry>(limits.connections);
  auto acceptor = std::make_shared<Acceptor>(std::move(loops), limits, sessions);
  const ErrorCode error = acceptor->Bind(*endpoint);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("web.listen: cannot listen on ", listen, ": ", error.message(),
                     ". Choose another port or stop what uses this one."));
  }
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(acceptor), std::move(sessions)));
}

HttpListener::HttpListener(std::shared_ptr<Acceptor> acceptor,
                           std::shared_ptr<SessionRegistry> sessions)
    : acceptor_(std::move(acceptor)), sessions_(std::move(sessions)) {}

HttpListener::~HttpListener() { Drain(absl::ZeroDuration()); }

void HttpListener::Serve(std::shared_ptr<const WebService> service,
                         std::shared_ptr<TlsContext> tls) {
  acceptor_->Serve(std::move(service), std::move(tls));
}

int HttpListener::port() const { return acceptor_->port(); }

void HttpListener::Drain(absl::Duration timeout) {
  acceptor_->Close();
  sessions_->Drain();
  if (sessions_->WaitUntilEmpty(timeout)) return;
  sessions_->Close();
  sessions_->WaitUntilEmpty(kCloseTimeout);
}

}  // namespace evertoken
