#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_REPLY_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_REPLY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct redisReply;

namespace evertoken {

// What Redis answered, flat: the elements of an array or map, or one element for anything else. Integers are decimal text;
// nullopt stands for null and for nested arrays, which nothing here asks for.
using RedisReply = std::vector<std::optional<std::string>>;

// An error reply becomes UNAVAILABLE with our words for its kind: the server's own text may repeat what we sent. NOSCRIPT is
// FAILED_PRECONDITION, so that the caller can send the script. Null: the connection was lost.
absl::StatusOr<RedisReply> ConvertReply(const redisReply* reply);

// A push message: its kind, then the elements of its first argument (one nullopt when that is null).
RedisReply ConvertPush(const redisReply& message);

// UNAVAILABLE: what a command that was never answered is told.
absl::Status ConnectionLost();
bool IsConnectionLost(const absl::Status& status);

// UNAVAILABLE: the server does not take writes, as after a failover. Another one may by now.
absl::Status NotMaster();
bool IsNotMaster(const absl::Status& status);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_REPLY_H_
