#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_HANDSHAKE_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_HANDSHAKE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/one_shot.h"
#include "server/base/task.h"
#include "server/store/redis/redis_options.h"
#include "server/store/redis/redis_reply.h"

namespace evertoken {

// What a fresh connection turned out to be good for.
struct RedisSession {
  bool tracking = false;  // changes of keys that were read over it are pushed
};

// Sends one command over the connection that is being set up.
using RedisAsk =
    std::function<OneShot<absl::StatusOr<RedisReply>>(const std::vector<std::string>& command)>;

// Makes a fresh connection ready: RESP3, authentication, database, client tracking; then looks whether the server may lose what
// we keep. UNAVAILABLE when it must not be used: an evicting maxmemory-policy among others. What is only doubtful (no
// persistence, settings that may not be read) is logged as a warning.
Task<absl::StatusOr<RedisSession>> RedisHandshake(RedisAsk ask,
                                                  std::shared_ptr<const RedisOptions> options);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_HANDSHAKE_H_
