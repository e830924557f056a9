#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_SENTINELS_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_SENTINELS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/base/event_loop.h"
#include "server/store/redis/redis_options.h"

namespace evertoken {

// One question to the Sentinels: where is the master? All are asked at once, and the first that knows decides. Belongs to the loop's
// thread.
class RedisSentinels {
 public:
  using Callback = absl::AnyInvocable<void(absl::StatusOr<RedisEndpoint>)>;

  // Asks. `done` runs once, from Post, unless the question is destroyed before; UNAVAILABLE when no Sentinel knows. A Sentinel that
  // hangs is waited for while no other answers: the caller sets the limit.
  RedisSentinels(EventLoop* loop, std::shared_ptr<const RedisOptions> options, Callback done);
  ~RedisSentinels();

 private:
  class Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_SENTINELS_H_
