#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_EVENTS_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_EVENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/event_log.h"
#include "server/store/sqlite/sqlite_database.h"
#include "server/store/sqlite/sqlite_statement.h"

namespace evertoken {

// The newest events in a database's table, in one shard, inside whatever transaction is open. Not thread-safe, but may move between
// threads.
class SqliteEvents {
 public:
  // Events kept at least, and how many more there may be before the oldest are deleted.
  static constexpr int64_t kKept = 100000;
  static constexpr int64_t kSlack = 256;

  // `database` must outlive the result.
  static absl::StatusOr<std::unique_ptr<SqliteEvents>> New(SqliteDatabase* database);

  // Several statements: one that fails leaves what the ones before it did.
  absl::Status Append(const std::string& app, const std::vector<std::string>& records);
  absl::StatusOr<EventBatch> Read(EventPosition after, int limit);

 private:
  explicit SqliteEvents(std::vector<SqliteStatement> statements)
      : statements_(std::move(statements)) {}
  absl::Status Trim(int64_t newest);
  absl::StatusOr<int64_t> Newest();

  std::vector<SqliteStatement> statements_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_EVENTS_H_
