#ifndef EVERTOKEN_SERVER_STORE_SEALING_EVENT_LOG_H_
#define EVERTOKEN_SERVER_STORE_SEALING_EVENT_LOG_H_

#include <memory>

#include "server/store/event_log.h"
#include "server/store/token_sealer.h"

namespace evertoken {

// Opens the records that a SealingStore sealed. An event that cannot be opened, because its key is no longer in the ring or it is
// not of the app that it is said to be of, must not stop the ones behind it nor trouble other apps: it is logged, and its record is
// empty.
class SealingEventLog final : public EventLog {
 public:
  // `sealer` must outlive the log.
  SealingEventLog(std::unique_ptr<EventLog> log, const TokenSealer* sealer);

  int shards() const override { return log_->shards(); }
  Task<absl::StatusOr<EventBatch>> Read(int shard, EventPosition after, int limit) override;
  Task<void> AwaitEvents(absl::Duration at_most) override;

 private:
  const std::unique_ptr<EventLog> log_;
  const TokenSealer* const sealer_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SEALING_EVENT_LOG_H_
