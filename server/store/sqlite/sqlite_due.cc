#include "server/store/sqlite/sqlite_due.h"

#include <algorithm>

#include "server/store/slot_rules.h"

namespace evertoken {
namespace {

enum StatementIndex { kFind, kHide, kCount };

constexpr absl::string_view kStatements[] = {
    "SELECT key, due FROM grants WHERE due <= ?1 AND deadline > ?1 ORDER BY due LIMIT ?2",
    "UPDATE grants SET due = ?2 WHERE key = ?1",
    // By the index alone: those that are gone are counted until they are purged.
    "SELECT count(*) FROM (SELECT 1 FROM grants WHERE due <= ?1 LIMIT ?2)",
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteDue>> SqliteDue::New(SqliteDatabase* database) {
  absl::StatusOr<std::vector<SqliteStatement>> statements = database->PrepareAll(kStatements);
  if (!statements.ok()) return statements.status();
  return std::unique_ptr<SqliteDue>(new SqliteDue(*std::move(statements)));
}

absl::StatusOr<DueClaim> SqliteDue::Claim(const std::string& owner, absl::Duration hold, int limit,
                                          absl::Time now) {
  DueClaim claim;
  claim.held = hold_end_ > now && holder_ != owner;
  if (claim.held) return claim;
  limit = std::clamp(limit, 1, DueQueue::kLargestClaim);
  absl::StatusOr<std::vector<DueGrant>> found = Find(limit, now);
  if (!found.ok()) return found.status();
  const absl::Time hold_end = now + StorableDuration(hold);
  for (const DueGrant& grant : *found) {
    const absl::Status hidden = Hide(grant.key, hold_end);
    if (!hidden.ok()) return hidden;
  }
  const absl::StatusOr<int64_t> count = Count(now);
  if (!count.ok()) return count.status();
  claim.still_due = *count;
  holder_ = owner;
  hold_end_ = static_cast<int>(found->size()) < limit ? absl::InfinitePast() : hold_end;
  claim.grants = *std::move(found);
  return claim;
}

void SqliteDue::Release(absl::string_view owner) {
  if (holder_ == owner) hold_end_ = absl::InfinitePast();
}

absl::StatusOr<std::vector<DueGrant>> SqliteDue::Find(int limit, absl::Time now) {
  SqliteUse use(&statements_[kFind]);
  use->BindInt(1, absl::ToUnixMicros(now));
  use->BindInt(2, limit);
  std::vector<DueGrant> found;
  for (;;) {
    const absl::StatusOr<bool> row = use->Step();
    if (!row.ok()) return row.status();
    if (!*row) return found;
    found.push_back({SlotKey{use->Text(0)}, now - absl::FromUnixMicros(use->Int(1))});
  }
}

absl::Status SqliteDue::Hide(const SlotKey& key, absl::Time until) {
  SqliteUse use(&statements_[kHide]);
  use->BindText(1, key.value);
  use->BindInt(2, absl::ToUnixMicros(until));
  return use->Step().status();
}

absl::StatusOr<int64_t> SqliteDue::Count(absl::Time now) {
  SqliteUse use(&statements_[kCount]);
  use->BindInt(1, absl::ToUnixMicros(now));
  use->BindInt(2, DueClaim::kMostCounted);
  const absl::StatusOr<bool> row = use->Step();
  if (!row.ok()) return row.status();
  return *row ? use->Int(0) : 0;
}

}  // namespace evertoken
