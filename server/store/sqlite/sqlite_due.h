#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_DUE_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_DUE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/store/due_queue.h"
#include "server/store/sqlite/sqlite_database.h"
#include "server/store/sqlite/sqlite_statement.h"

namespace evertoken {

// The grants of a database by their due time, in one shard, inside whatever transaction is open. Not thread-safe, but may move
// between threads.
class SqliteDue {
 public:
  // `database` must outlive the result.
  static absl::StatusOr<std::unique_ptr<SqliteDue>> New(SqliteDatabase* database);

  // As DueQueue.
  absl::StatusOr<DueClaim> Claim(const std::string& owner, absl::Duration hold, int limit,
                                 absl::Time now);
  void Release(absl::string_view owner);

 private:
  explicit SqliteDue(std::vector<SqliteStatement> statements)
      : statements_(std::move(statements)) {}
  absl::StatusOr<std::vector<DueGrant>> Find(int limit, absl::Time now);
  absl::Status Hide(const SlotKey& key, absl::Time until);
  absl::StatusOr<int64_t> Count(absl::Time now);

  std::vector<SqliteStatement> statements_;
  // Not in the database, which serves one process at a time: the next one finds the shard free.
  std::string holder_;
  absl::Time hold_end_ = absl::InfinitePast();
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_DUE_H_
