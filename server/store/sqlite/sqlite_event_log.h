#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_EVENT_LOG_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_EVENT_LOG_H_

#include "server/store/event_log.h"
#include "server/store/sqlite/sqlite_backend.h"

namespace evertoken {

// A view on a SqliteBackend's events: one shard.
class SqliteEventLog final : public EventLog {
 public:
  // `backend` must outlive the log.
  explicit SqliteEventLog(SqliteBackend* backend);

  int shards() const override { return 1; }
  Task<absl::StatusOr<EventBatch>> Read(int shard, EventPosition after, int limit) override;
  Task<void> AwaitEvents(absl::Duration at_most) override;

 private:
  SqliteBackend* const backend_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_EVENT_LOG_H_
