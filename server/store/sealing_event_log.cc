#include "server/store/sealing_event_log.h"

#include <utility>

#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/store/sealing.h"

namespace evertoken {

SealingEventLog::SealingEventLog(std::unique_ptr<EventLog> log, const TokenSealer* sealer)
    : log_(std::move(log)), sealer_(sealer) {}

Task<absl::StatusOr<EventBatch>> SealingEventLog::Read(int shard, EventPosition after, int limit) {
  absl::StatusOr<EventBatch> batch = co_await log_->Read(shard, after, limit);
  if (!batch.ok()) co_return TranslateStoreError(batch.status());
  for (StoredEvent& event : batch->events) {
    const absl::StatusOr<Secret> record = sealer_->Open(event.record, EventSealContext(event.app));
    if (!record.ok()) Log(LogLevel::kError, "event_not_opened", {{"reason", record.status()}});
    event.record = record.ok() ? record->Reveal() : "";
  }
  co_return batch;
}

Task<void> SealingEventLog::AwaitEvents(absl::Duration at_most) {
  return log_->AwaitEvents(at_most);
}

}  // namespace evertoken
