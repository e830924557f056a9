#ifndef EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_DUE_QUEUE_H_
#define EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_DUE_QUEUE_H_

#include <string>

#include "server/store/due_queue.h"
#include "server/store/memory/memory_backend.h"

namespace evertoken {

// A view on a MemoryBackend's grants: one shard. Thread-safe.
class MemoryDueQueue final : public DueQueue {
 public:
  // `backend` must outlive the queue.
  explicit MemoryDueQueue(MemoryBackend* backend);

  int shards() const override { return 1; }
  Task<absl::StatusOr<DueClaim>> Claim(int shard, std::string owner, absl::Duration hold,
                                       int limit) override;
  Task<absl::Status> Release(int shard, std::string owner) override;

 private:
  MemoryBackend* const backend_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_DUE_QUEUE_H_
