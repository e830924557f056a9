#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_STATEMENT_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_STATEMENT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace evertoken {

// A prepared statement, used again and again. Parameters count from 1, columns from 0. Not thread-safe.
//
//   statement.Bind(1, key);
//   absl::StatusOr<bool> row = statement.Step();
//   ...
//   statement.Reset();
class SqliteStatement {
 public:
  static absl::StatusOr<SqliteStatement> Prepare(sqlite3* database, absl::string_view sql);
  ~SqliteStatement();
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;

  // The bytes must stay until Reset.
  void BindText(int parameter, absl::string_view value);
  void BindBlob(int parameter, absl::string_view value);
  void BindInt(int parameter, int64_t value);
  void BindNull(int parameter);

  // Whether there is a row to read. UNAVAILABLE when the statement failed.
  absl::StatusOr<bool> Step();

  std::string Text(int column) const;
  int64_t Int(int column) const;
  bool IsNull(int column) const;

  // Ends the use of the row and forgets the parameters.
  void Reset();

 private:
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  sqlite3_stmt* statement_;
};

// Resets a statement at the end of a scope.
class SqliteUse {
 public:
  explicit SqliteUse(SqliteStatement* statement) : statement_(statement) {}
  ~SqliteUse() { statement_->Reset(); }
  SqliteUse(const SqliteUse&) = delete;
  SqliteUse& operator=(const SqliteUse&) = delete;
  SqliteStatement* operator->() const { return statement_; }

 private:
  SqliteStatement* const statement_;
};

// UNAVAILABLE with SQLite's constant text for a result code: never with data.
absl::Status SqliteError(int code);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_STATEMENT_H_
