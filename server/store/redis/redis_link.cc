#include "server/store/redis/redis_link.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/redis/redis_adapter.h"

namespace evertoken {
namespace {

// Far more than any reply has; a broken server must not make us allocate at will.
constexpr long long kMaxReplyElements = 65536;

void RunCallback(redisAsyncContext*, void* reply, void* data) {
  const std::unique_ptr<RedisLink::ReplyCallback> callback(
      static_cast<RedisLink::ReplyCallback*>(data));
  (*callback)(ConvertReply(static_cast<const redisReply*>(reply)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RedisLink>> RedisLink::Open(boost::asio::io_context& loop,
                                                           const std::string& address,
                                                           uint16_t port, const RedisTls* tls,
                                                           Events events) {
  std::unique_ptr<RedisLink> link(new RedisLink(std::move(events)));
  if (tls != nullptr) {
    link->session_ = tls->NewSession();
    if (link->session_ == nullptr)
      return absl::UnavailableError("redis: no TLS session could be made");
  }
  redisAsyncContext* const context = redisAsyncConnect(address.c_str(), port);
  if (context == nullptr) return absl::UnavailableError("redis: out of memory");
  if (context->err != 0) {
    redisAsyncFree(context);
    return absl::UnavailableError("redis: cannot connect");
  }
  link->context_ = context;
  context->data = link.get();
  context->c.reader->maxelements = kMaxReplyElements;
  AttachToLoop(loop, context);
  redisAsyncSetPushCallback(context, [](redisAsyncContext* c, void* reply) {
    if (c->data == nullptr || reply == nullptr) return;
    static_cast<RedisLink*>(c->data)->events_.pushed(
        ConvertPush(*static_cast<const redisReply*>(reply)));
  });
  redisAsyncSetDisconnectCallback(context, [](const redisAsyncContext* c, int) {
    if (c->data != nullptr) static_cast<RedisLink*>(c->data)->OnClosed();
  });
  redisAsyncSetConnectCallbackNC(context, [](redisAsyncContext* c, int status) {
    if (c->data != nullptr) static_cast<RedisLink*>(c->data)->OnConnected(status);
  });
  return link;
}

RedisLink::~RedisLink() {
  if (session_ != nullptr && !tls_begun_) SSL_free(session_);
  if (context_ == nullptr) return;
  context_->data = nullptr;
  redisAsyncFree(context_);
}

void RedisLink::OnConnected(int status) {
  if (status != REDIS_OK) {
    OnClosed();
    return;
  }
  // So that gateways on the way do not forget a connection without traffic.
  redisEnableKeepAlive(&context_->c);
  if (session_ != nullptr) {
    if (redisInitiateSSL(&context_->c, session_) != REDIS_OK) {
      // Frees the context once this callback has returned, which then reports the end.
      redisAsyncFree(context_);
      return;
    }
    tls_begun_ = true;
  }
  events_.connected();
}

void RedisLink::OnClosed() {
  const absl::Status reason = CloseReason();
  context_->data = nullptr;
  context_ = nullptr;
  events_.closed(reason);
}

// In our words: what hiredis keeps may be the server's text.
absl::Status RedisLink::CloseReason() const {
  if ((context_->c.flags & REDIS_CONNECTED) == 0)
    return absl::UnavailableError("redis: cannot connect");
  if (session_ != nullptr) {
    ERR_clear_error();
    const long verified = SSL_get_verify_result(session_);
    if (verified != X509_V_OK) {
      return absl::UnavailableError(
          absl::StrCat("redis: the server's certificate is not accepted: ",
                       X509_verify_cert_error_string(verified)));
    }
    if (!SSL_is_init_finished(session_))
      return absl::UnavailableError("redis: the TLS handshake failed");
  }
  return ConnectionLost();
}

void RedisLink::Send(const std::vector<std::string>& command, ReplyCallback callback) {
  if (context_ == nullptr) {
    callback(ConnectionLost());
    return;
  }
  std::vector<const char*> arguments;
  std::vector<size_t> lengths;
  arguments.reserve(command.size());
  lengths.reserve(command.size());
  for (const std::string& argument : command) {
    arguments.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  auto owned = std::make_unique<ReplyCallback>(std::move(callback));
  if (redisAsyncCommandArgv(context_, RunCallback, owned.get(), static_cast<int>(command.size()),
                            arguments.data(), lengths.data()) == REDIS_OK) {
    owned.release();
    return;
  }
  (*owned)(absl::UnavailableError("redis: the connection is closing"));
}

}  // namespace evertoken
