#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_HANDSHAKE_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_HANDSHAKE_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/store/redis/redis_link.h"
#include "server/store/redis/redis_options.h"

namespace evertoken {

// What a fresh connection turned out to be good for.
struct RedisSession {
  bool following = false;  // changes of keys are pushed to who asks for it
  bool tracking = false;   // changes of all keys that were read over it are pushed
};

// Makes a fresh connection ready, in one round trip: RESP3, authentication, database, client tracking; and looks whether the
// server may lose what we keep. `done` runs once, inside the link: UNAVAILABLE when the connection must not be used, because of an
// evicting maxmemory-policy among others. What is only doubtful (no persistence, settings that may not be read) is logged as a
// warning.
void RedisHandshake(RedisLink* link, std::shared_ptr<const RedisOptions> options,
                    absl::AnyInvocable<void(absl::StatusOr<RedisSession>)> done);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_HANDSHAKE_H_
