#include "server/store/sqlite/sqlite_due_queue.h"

#include <utility>

#include "server/store/sqlite/sqlite_call.h"

namespace evertoken {

SqliteDueQueue::SqliteDueQueue(SqliteBackend* backend) : backend_(backend) {}

Task<absl::StatusOr<DueClaim>> SqliteDueQueue::Claim(int, std::string owner, absl::Duration hold,
                                                     int limit) {
  using Result = absl::StatusOr<DueClaim>;
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&](SqliteSlots* slots, absl::Time now) {
        return slots->due()->Claim(owner, hold, limit, now);
      });
  co_return co_await std::move(answer).Wait();
}

Task<absl::Status> SqliteDueQueue::Release(int, std::string owner) {
  using Result = absl::Status;
  // Nothing that the database knows of; but a read might overtake the claim.
  OneShot<Result> answer =
      SubmitCall<Result>(backend_, SqliteAccess::kWrite, [&owner](SqliteSlots* slots, absl::Time) {
        slots->due()->Release(owner);
        return absl::OkStatus();
      });
  co_return co_await std::move(answer).Wait();
}

}  // namespace evertoken
