#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_DUE_QUEUE_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_DUE_QUEUE_H_

#include <memory>
#include <string>

#include "server/store/due_queue.h"
#include "server/store/redis/redis_client.h"

namespace evertoken {

// The grants of a RedisStore by the time they are due, claimed by all replicas. Counts what is still due exactly.
class RedisDueQueue final : public DueQueue {
 public:
  explicit RedisDueQueue(std::shared_ptr<RedisClient> client);

  int shards() const override { return RedisKeys::kShards; }
  Task<absl::StatusOr<DueClaim>> Claim(int shard, std::string owner, absl::Duration hold,
                                       int limit) override;
  Task<absl::Status> Release(int shard, std::string owner) override;

 private:
  const std::shared_ptr<RedisClient> client_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_DUE_QUEUE_H_
