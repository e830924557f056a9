#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_KEYS_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_KEYS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/store/token_store.h"

namespace evertoken {

// Under which names things are kept on a Redis server. Grants are split into shards by a hash of their key; the part in braces
// puts everything of a shard into one hash slot of a cluster, so that a script can change it in one step. Immutable.
class RedisKeys {
 public:
  static constexpr int kShards = 32;

  explicit RedisKeys(std::string prefix);

  // Always the same for one key.
  static int ShardOf(const SlotKey& key);

  std::string Grant(const SlotKey& key) const;
  // What precedes the slot key in the names of a shard's grants.
  std::string GrantPrefix(int shard) const;
  std::string Ticket(const SlotKey& key) const;
  std::string Ping() const;

  // The grants of a shard by the time they are due, and who holds them.
  std::string Due(int shard) const;
  std::string DueHolder(int shard) const;

  // The events of a shard, and the position of its newest one.
  std::string Events(int shard) const;
  std::string NewestEvent(int shard) const;

  // What such a name stands for; nullopt when it is another kind's.
  std::optional<SlotKey> GrantOf(absl::string_view name) const;
  std::optional<int> NewestEventShardOf(absl::string_view name) const;

 private:
  std::string OfShard(absl::string_view kind, int shard) const;

  const std::string prefix_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_KEYS_H_
