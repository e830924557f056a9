#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_EVENT_LOG_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_EVENT_LOG_H_

#include <memory>

#include "server/store/event_log.h"
#include "server/store/redis/redis_client.h"

namespace evertoken {

// The events that the writes of a RedisStore appended, of all replicas. Positions hold the server's time, so that a replica that took
// over and missed some events gives out none of their positions again.
class RedisEventLog final : public EventLog {
 public:
  explicit RedisEventLog(std::shared_ptr<RedisClient> client);

  int shards() const override { return RedisKeys::kShards; }
  Task<absl::StatusOr<EventBatch>> Read(int shard, EventPosition after, int limit) override;
  Task<void> AwaitEvents(absl::Duration at_most) override;

 private:
  const std::shared_ptr<RedisClient> client_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_EVENT_LOG_H_
