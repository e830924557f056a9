#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_DATABASE_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_DATABASE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/store/sqlite/sqlite_statement.h"

struct sqlite3;

namespace evertoken {

// Evertoken's database file, opened for this process alone: WAL, synchronous=FULL. Not thread-safe, but may move between threads.
class SqliteDatabase {
 public:
  // Makes the file (mode 0600) and its folder when they are missing. FAILED_PRECONDITION, with the file untouched, when it is not
  // a database, not Evertoken's, damaged, of a newer release, not accessible, or in use by another process.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(const std::string& path);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  absl::StatusOr<SqliteStatement> Prepare(absl::string_view sql) {
    return SqliteStatement::Prepare(database_, sql);
  }

  // FAILED_PRECONDITION when one of them does not fit the tables.
  absl::StatusOr<std::vector<SqliteStatement>> PrepareAll(
      absl::Span<const absl::string_view> statements);

  // Runs one or several statements that give no rows. UNAVAILABLE when one failed.
  absl::Status Execute(const char* sql);

  // Whether a transaction is open: SQLite ends one by itself on some errors.
  bool InTransaction() const;

 private:
  explicit SqliteDatabase(sqlite3* database) : database_(database) {}
  absl::Status Identify();
  absl::Status BringUpToDate(int64_t version);
  absl::Status UseWriteAheadLog();
  absl::StatusOr<int64_t> QueryInt(absl::string_view sql);

  sqlite3* const database_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_DATABASE_H_
