#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_OPTIONS_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_OPTIONS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/secret.h"
#include "server/store/redis/redis_tls.h"

namespace evertoken {

// Where a server listens.
struct RedisEndpoint {
  std::string host;  // a name or an address
  uint16_t port = 0;
};

// How to reach a Redis server and what to ask of it.
struct RedisOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 6379;
  std::vector<RedisEndpoint>
      sentinels;                // not empty: they know where the server is, not `host` and `port`
  std::string sentinel_master;  // by which name
  std::string username;         // empty: the default user
  Secret password;              // empty: none
  int database = 0;
  std::string key_prefix = "evertoken:";
  absl::Duration operation_timeout = absl::Seconds(2);
  int wait_replicas = 0;  // that must confirm the steps of a renewal
  absl::Duration wait_timeout = absl::Milliseconds(100);
  bool near_cache = true;               // reads may be remembered, by client tracking
  int64_t events_kept = 200000;         // over all shards, about
  std::shared_ptr<const RedisTls> tls;  // null: plaintext
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_OPTIONS_H_
