#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_SCRIPTS_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_SCRIPTS_H_

#include <string>

namespace evertoken {

// A Lua script, and the name under which EVALSHA knows it.
struct RedisScript {
  std::string text;
  std::string sha1;
};

// One script an operation of TokenStore, DueQueue and EventLog; each runs atomically on the server, by the server's clock. See the .cc file for what
// they take and answer.
struct RedisScripts {
  RedisScript read_grant;
  RedisScript create_grant;
  RedisScript write_grant;
  RedisScript begin_renewal;
  RedisScript extend_lease;
  RedisScript present_again;
  RedisScript commit_renewal;
  RedisScript abandon_renewal;
  RedisScript put_ticket;
  RedisScript spend_ticket;
  RedisScript claim_due;
  RedisScript release_due;
  RedisScript read_events;
};

const RedisScripts& GetRedisScripts();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_SCRIPTS_H_
