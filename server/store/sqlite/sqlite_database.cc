#include "server/store/sqlite/sqlite_database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

constexpr int64_t kApplicationId = 0x65764b6e;
constexpr int64_t kOldestVersion = 2;
constexpr int64_t kNewestVersion = 3;

// Times are microseconds since 1970. Rows whose deadline has passed do not exist for readers.
constexpr char kTables[] = R"sql(
  CREATE TABLE grants (
    key TEXT PRIMARY KEY NOT NULL,
    app TEXT NOT NULL,
    record BLOB NOT NULL,
    version INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    owner BLOB,
    lease_end INTEGER NOT NULL,
    lost_answers INTEGER NOT NULL,
    attempt_time INTEGER NOT NULL,
    deadline INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX grants_by_deadline ON grants (deadline);
  CREATE TABLE tickets (
    key TEXT PRIMARY KEY NOT NULL,
    owner BLOB NOT NULL,
    record BLOB NOT NULL,
    spent INTEGER NOT NULL,
    deadline INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tickets_by_deadline ON tickets (deadline);
  CREATE TABLE pulse (beats INTEGER NOT NULL) STRICT;
  INSERT INTO pulse VALUES (0);
  PRAGMA application_id = 1702251374;
  PRAGMA user_version = 2;
)sql";
static_assert(kApplicationId == 1702251374 && kOldestVersion == 2);

// From version 2: grants that are due by themselves, and the event log.
constexpr char kDueAndEvents[] = R"sql(
  ALTER TABLE grants ADD COLUMN found_answers INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE grants ADD COLUMN due INTEGER;
  CREATE INDEX grants_by_due ON grants (due) WHERE due IS NOT NULL;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app TEXT NOT NULL,
    record BLOB NOT NULL
  ) STRICT;
  PRAGMA user_version = 3;
)sql";
static_assert(kNewestVersion == 3);

// SQLite makes files with the process's umask; what lies in this one is for the server's user only.
absl::Status CreateFile(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error)
    return absl::FailedPreconditionError(
        absl::StrCat("its folder cannot be made: ", error.message()));
  // A file that exists is not touched: closing it again would drop the locks that this process may hold on it.
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) close(file);
  if (file < 0 && errno != EEXIST) return absl::FailedPreconditionError(strerror(errno));
  return absl::OkStatus();
}

// What a failure means while the database is being opened.
absl::Status OpenError(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::FailedPreconditionError(
          "another process uses it; a database file serves one server at a time");
    case SQLITE_NOTADB:
      return absl::FailedPreconditionError(
          "it is not a database; move it away or configure another path");
    case SQLITE_CORRUPT:
      return absl::FailedPreconditionError("it is damaged; restore a copy or move it away");
    default:
      return absl::FailedPreconditionError(sqlite3_errstr(code));
  }
}

absl::Status Named(const std::string& path, const absl::Status& status) {
  return absl::FailedPreconditionError(absl::StrCat("database ", path, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& path) {
  const absl::Status created = CreateFile(path);
  if (!created.ok()) return Named(path, created);
  sqlite3* handle = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(handle));
  if (result != SQLITE_OK) return Named(path, OpenError(result));
  const absl::Status identified = database->Identify();
  if (!identified.ok()) return Named(path, identified);
  return database;
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close_v2(database_); }

absl::Status SqliteDatabase::Identify() {
  // Before the first read: the lock that the read takes is then kept until the file is closed.
  const absl::Status exclusive = Execute("PRAGMA locking_mode = EXCLUSIVE");
  const absl::StatusOr<int64_t> application = QueryInt("PRAGMA application_id");
  const absl::StatusOr<int64_t> objects = QueryInt("SELECT count(*) FROM sqlite_schema");
  if (!exclusive.ok() || !application.ok() || !objects.ok())
    return OpenError(sqlite3_errcode(database_));
  const bool is_new = *application == 0 && *objects == 0;
  if (!is_new && *application != kApplicationId) {
    return absl::FailedPreconditionError("it belongs to another program; configure another path");
  }
  const absl::StatusOr<int64_t> version = QueryInt("PRAGMA user_version");
  if (!version.ok()) return OpenError(sqlite3_errcode(database_));
  if (!is_new && (*version < kOldestVersion || *version > kNewestVersion)) {
    return absl::FailedPreconditionError(
        absl::StrCat("its format is ", *version, ", this release knows ", kOldestVersion, " to ",
                     kNewestVersion, "; use the release that made it"));
  }
  const absl::Status logged = UseWriteAheadLog();
  if (!logged.ok()) return logged;
  return BringUpToDate(is_new ? 0 : *version);
}

absl::Status SqliteDatabase::UseWriteAheadLog() {
  absl::StatusOr<SqliteStatement> pragma = Prepare("PRAGMA journal_mode = WAL");
  if (!pragma.ok()) return OpenError(sqlite3_errcode(database_));
  const absl::StatusOr<bool> row = pragma->Step();
  if (!row.ok()) return OpenError(sqlite3_errcode(database_));
  if (!*row || pragma->Text(0) != "wal")
    return absl::FailedPreconditionError("its file system cannot keep a log");
  pragma->Reset();
  // The log shrinks again after a burst.
  const absl::Status set =
      Execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
  return set.ok() ? set : OpenError(sqlite3_errcode(database_));
}

// From version 0, which is an empty file. All of it or nothing.
absl::Status SqliteDatabase::BringUpToDate(int64_t version) {
  if (version == kNewestVersion) return absl::OkStatus();
  const std::string transaction =
      absl::StrCat("BEGIN IMMEDIATE;", version == 0 ? kTables : "", kDueAndEvents, "COMMIT;");
  const absl::Status made = Execute(transaction.c_str());
  if (made.ok()) return made;
  const absl::Status error = OpenError(sqlite3_errcode(database_));
  if (InTransaction()) Execute("ROLLBACK").IgnoreError();
  return error;
}

absl::StatusOr<std::vector<SqliteStatement>> SqliteDatabase::PrepareAll(
    absl::Span<const absl::string_view> statements) {
  std::vector<SqliteStatement> prepared;
  for (absl::string_view sql : statements) {
    absl::StatusOr<SqliteStatement> statement = Prepare(sql);
    if (!statement.ok()) {
      return absl::FailedPreconditionError(absl::StrCat("the database's tables are damaged (",
                                                        statement.status().message(),
                                                        "); restore a copy or move the file away"));
    }
    prepared.push_back(*std::move(statement));
  }
  return prepared;
}

absl::StatusOr<int64_t> SqliteDatabase::QueryInt(absl::string_view sql) {
  absl::StatusOr<SqliteStatement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  return *row ? statement->Int(0) : 0;
}

absl::Status SqliteDatabase::Execute(const char* sql) {
  const int result = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? absl::OkStatus() : SqliteError(result);
}

bool SqliteDatabase::InTransaction() const { return sqlite3_get_autocommit(database_) == 0; }

}  // namespace evertoken
