#include "server/store/memory/memory_due_queue.h"

namespace evertoken {

MemoryDueQueue::MemoryDueQueue(MemoryBackend* backend) : backend_(backend) {}

Task<absl::StatusOr<DueClaim>> MemoryDueQueue::Claim(int, std::string owner, absl::Duration hold,
                                                     int limit) {
  co_return backend_->ClaimDue(owner, hold, limit);
}

Task<absl::Status> MemoryDueQueue::Release(int, std::string owner) {
  backend_->ReleaseDue(owner);
  co_return absl::OkStatus();
}

}  // namespace evertoken
