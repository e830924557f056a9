#include "server/store/sqlite/sqlite_events.h"

#include <algorithm>

namespace evertoken {
namespace {

enum StatementIndex { kAppend, kTrim, kNewest, kRead };

constexpr absl::string_view kStatements[] = {
    "INSERT INTO events (app, record) VALUES (?1, ?2) RETURNING id",
    "DELETE FROM events WHERE id <= ?1",
    // Known also when every event was trimmed. A transaction that is rolled back takes its numbers back: there are no gaps.
    "SELECT seq FROM sqlite_sequence WHERE name = 'events'",
    "SELECT id, app, record FROM events WHERE id > ?1 ORDER BY id LIMIT ?2",
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteEvents>> SqliteEvents::New(SqliteDatabase* database) {
  absl::StatusOr<std::vector<SqliteStatement>> statements = database->PrepareAll(kStatements);
  if (!statements.ok()) return statements.status();
  return std::unique_ptr<SqliteEvents>(new SqliteEvents(*std::move(statements)));
}

absl::Status SqliteEvents::Append(const std::string& app, const std::vector<std::string>& records) {
  for (const std::string& record : records) {
    int64_t id = 0;
    {
      SqliteUse use(&statements_[kAppend]);
      use->BindText(1, app);
      use->BindBlob(2, record);
      const absl::StatusOr<bool> row = use->Step();
      if (!row.ok()) return row.status();
      id = use->Int(0);
    }
    const absl::Status trimmed = id % kSlack == 0 ? Trim(id) : absl::OkStatus();
    if (!trimmed.ok()) return trimmed;
  }
  return absl::OkStatus();
}

absl::Status SqliteEvents::Trim(int64_t newest) {
  SqliteUse use(&statements_[kTrim]);
  use->BindInt(1, newest - kKept);
  return use->Step().status();
}

absl::StatusOr<int64_t> SqliteEvents::Newest() {
  SqliteUse use(&statements_[kNewest]);
  const absl::StatusOr<bool> row = use->Step();
  if (!row.ok()) return row.status();
  return *row ? use->Int(0) : 0;
}

absl::StatusOr<EventBatch> SqliteEvents::Read(EventPosition after, int limit) {
  const absl::StatusOr<int64_t> newest = Newest();
  if (!newest.ok()) return newest.status();
  EventBatch batch;
  batch.newest = {0, static_cast<uint64_t>(*newest)};
  // Numbers are given out once: who is ahead of all of them was at another database.
  batch.lost = after > batch.newest;
  if (after >= batch.newest) return batch;
  SqliteUse use(&statements_[kRead]);
  use->BindInt(1, static_cast<int64_t>(after.sequence));
  use->BindInt(2, std::clamp(limit, 1, EventLog::kLargestBatch));
  for (;;) {
    const absl::StatusOr<bool> row = use->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    const EventPosition position{0, static_cast<uint64_t>(use->Int(0))};
    batch.events.push_back({position, use->Text(1), use->Text(2)});
  }
  batch.lost = batch.events.empty() || batch.events.front().position.sequence != after.sequence + 1;
  return batch;
}

}  // namespace evertoken
