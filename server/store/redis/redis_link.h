#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_LINK_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_LINK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/redis/redis_reply.h"
#include "server/store/redis/redis_tls.h"

struct redisAsyncContext;
struct ssl_st;

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace evertoken {

// One connection to a Redis server, from connecting to its end. Pipelined: commands go out in the order of Send, and their
// callbacks run in that order. Belongs to the loop's thread.
class RedisLink {
 public:
  // Called on the loop's thread, never from within Open or Send. The link must not be destroyed inside them.
  struct Events {
    std::function<void()> connected;
    std::function<void(const absl::Status& why)>
        closed;  // the last event; unanswered callbacks have run before
    std::function<void(const RedisReply& message)> pushed;  // RESP3 push messages, by ConvertPush
  };
  using ReplyCallback = absl::AnyInvocable<void(absl::StatusOr<RedisReply>)>;

  // Begins to connect to a numeric address. `tls` (null: plaintext) is needed only during the call.
  static absl::StatusOr<std::unique_ptr<RedisLink>> Open(boost::asio::io_context& loop,
                                                         const std::string& address, uint16_t port,
                                                         const RedisTls* tls, Events events);
  // Closes the connection without events; unanswered callbacks run with UNAVAILABLE.
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  // `callback` runs exactly once, at once when the link is closed.
  void Send(const std::vector<std::string>& command, ReplyCallback callback);

  bool closed() const { return context_ == nullptr; }

 private:
  explicit RedisLink(Events events) : events_(std::move(events)) {}
  void OnConnected(int status);
  void OnClosed();
  absl::Status CloseReason() const;

  const Events events_;
  redisAsyncContext* context_ = nullptr;  // null: closed
  ssl_st* session_ = nullptr;             // owned by this until TLS begins, then by the context
  bool tls_begun_ = false;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_LINK_H_
