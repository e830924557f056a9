#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_CONFIRMATIONS_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_CONFIRMATIONS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/event_loop.h"
#include "server/base/one_shot.h"
#include "server/store/redis/redis_connection.h"

namespace evertoken {

// Waits for replicas to have what was written. Redis answers nothing else on the connection meanwhile, so that one WAIT at a time
// serves all that was written before it. Belongs to the loop's thread.
class RedisConfirmations {
 public:
  // `connection` must outlive this.
  RedisConfirmations(EventLoop* loop, RedisConnection* connection, int replicas,
                     absl::Duration timeout);
  ~RedisConfirmations();

  // For what was sent over the connection so far: OK when at least so many replicas have it; UNAVAILABLE when they do not say so in
  // time, or when the connection was lost.
  OneShot<absl::Status> Confirm();

 private:
  class Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_CONFIRMATIONS_H_
