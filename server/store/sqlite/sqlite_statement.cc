#include "server/store/sqlite/sqlite_statement.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace evertoken {

absl::Status SqliteError(int code) {
  return absl::UnavailableError(absl::StrCat("sqlite: ", sqlite3_errstr(code)));
}

absl::StatusOr<SqliteStatement> SqliteStatement::Prepare(sqlite3* database, absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return SqliteError(result);
  return SqliteStatement(statement);
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

void SqliteStatement::BindText(int parameter, absl::string_view value) {
  sqlite3_bind_text64(statement_, parameter, value.data(), value.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}

void SqliteStatement::BindBlob(int parameter, absl::string_view value) {
  // A null pointer would be bound as NULL instead of as an empty blob.
  const char* const bytes = value.data() == nullptr ? "" : value.data();
  sqlite3_bind_blob64(statement_, parameter, bytes, value.size(), SQLITE_STATIC);
}

void SqliteStatement::BindInt(int parameter, int64_t value) {
  sqlite3_bind_int64(statement_, parameter, value);
}

void SqliteStatement::BindNull(int parameter) { sqlite3_bind_null(statement_, parameter); }

absl::StatusOr<bool> SqliteStatement::Step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return SqliteError(result);
}

std::string SqliteStatement::Text(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

int64_t SqliteStatement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

bool SqliteStatement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

}  // namespace evertoken
