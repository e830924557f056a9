#include "server/store/sqlite/sqlite_event_log.h"

#include <utility>

#include "server/store/sqlite/sqlite_call.h"

namespace evertoken {

SqliteEventLog::SqliteEventLog(SqliteBackend* backend) : backend_(backend) {}

Task<absl::StatusOr<EventBatch>> SqliteEventLog::Read(int, EventPosition after, int limit) {
  using Result = absl::StatusOr<EventBatch>;
  OneShot<Result> answer = SubmitCall<Result>(
      backend_, SqliteAccess::kRead,
      [&](SqliteSlots* slots, absl::Time) { return slots->events()->Read(after, limit); });
  co_return co_await std::move(answer).Wait();
}

Task<void> SqliteEventLog::AwaitEvents(absl::Duration at_most) {
  return backend_->changes()->Await(SqliteBackend::kAnyEvent, at_most);
}

}  // namespace evertoken
