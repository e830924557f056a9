#include "server/store/memory/memory_event_log.h"

namespace evertoken {

MemoryEventLog::MemoryEventLog(MemoryBackend* backend) : backend_(backend) {}

Task<absl::StatusOr<EventBatch>> MemoryEventLog::Read(int, EventPosition after, int limit) {
  co_return backend_->ReadEvents(after, limit);
}

Task<void> MemoryEventLog::AwaitEvents(absl::Duration at_most) {
  return backend_->changes()->Await(MemoryBackend::kAnyEvent, at_most);
}

}  // namespace evertoken
