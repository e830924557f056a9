#ifndef EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_EVENT_LOG_H_
#define EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_EVENT_LOG_H_

#include "server/store/event_log.h"
#include "server/store/memory/memory_backend.h"

namespace evertoken {

// A view on a MemoryBackend's events: one shard. Thread-safe.
class MemoryEventLog final : public EventLog {
 public:
  // `backend` must outlive the log.
  explicit MemoryEventLog(MemoryBackend* backend);

  int shards() const override { return 1; }
  Task<absl::StatusOr<EventBatch>> Read(int shard, EventPosition after, int limit) override;
  Task<void> AwaitEvents(absl::Duration at_most) override;

 private:
  MemoryBackend* const backend_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_EVENT_LOG_H_
