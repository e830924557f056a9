#include "server/store/sqlite/sqlite_slots.h"

#include <utility>

#include "absl/strings/string_view.h"

namespace evertoken {
namespace {

enum StatementIndex {
  kLoadGrant,
  kSaveGrant,
  kLoadTicket,
  kSaveTicket,
  kPing,
  kPurgeGrants,
  kPurgeTickets
};

constexpr absl::string_view kStatements[] = {
    "SELECT app, record, version, fence, owner, lease_end, lost_answers, attempt_time, deadline, "
    "found_answers, due FROM grants WHERE key = ?1 AND deadline > ?2",
    "INSERT INTO grants (key, app, record, version, fence, owner, lease_end, lost_answers, "
    "attempt_time, deadline, found_answers, due) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (key) DO UPDATE SET "
    "app = ?2, record = ?3, version = ?4, fence = ?5, owner = ?6, lease_end = ?7, "
    "lost_answers = ?8, attempt_time = ?9, deadline = ?10, found_answers = ?11, due = ?12",
    "SELECT owner, record, spent, deadline FROM tickets WHERE key = ?1 AND deadline > ?2",
    "INSERT INTO tickets VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO UPDATE SET "
    "owner = ?2, record = ?3, spent = ?4, deadline = ?5",
    "UPDATE pulse SET beats = beats + 1",
    "DELETE FROM grants WHERE rowid IN (SELECT rowid FROM grants WHERE deadline <= ?1 LIMIT ?2) "
    "RETURNING 1",
    "DELETE FROM tickets WHERE rowid IN (SELECT rowid FROM tickets WHERE deadline <= ?1 LIMIT ?2) "
    "RETURNING 1",
};

// Of operations that write no record.
const std::vector<std::string> kNoEvents;

absl::Status StatusOf(const absl::Status& result) { return result; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

absl::StatusOr<bool> DeleteRows(SqliteStatement* statement, absl::Time now, int limit) {
  SqliteUse use(statement);
  use->BindInt(1, absl::ToUnixMicros(now));
  use->BindInt(2, limit);
  int deleted = 0;
  for (;;) {
    const absl::StatusOr<bool> row = use->Step();
    if (!row.ok()) return row.status();
    if (!*row) return deleted == limit;
    ++deleted;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteSlots>> SqliteSlots::New(
    std::unique_ptr<SqliteDatabase> database) {
  std::unique_ptr<SqliteSlots> slots(new SqliteSlots(std::move(database)));
  const absl::Status prepared = slots->PrepareAll();
  if (!prepared.ok()) return prepared;
  return slots;
}

absl::Status SqliteSlots::PrepareAll() {
  absl::StatusOr<std::vector<SqliteStatement>> statements = database_->PrepareAll(kStatements);
  if (!statements.ok()) return statements.status();
  statements_ = *std::move(statements);
  absl::StatusOr<std::unique_ptr<SqliteDue>> due = SqliteDue::New(database_.get());
  if (!due.ok()) return due.status();
  due_ = *std::move(due);
  absl::StatusOr<std::unique_ptr<SqliteEvents>> events = SqliteEvents::New(database_.get());
  if (!events.ok()) return events.status();
  events_ = *std::move(events);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<GrantState>> SqliteSlots::LoadGrant(const SlotKey& key,
                                                                 absl::Time now) {
  SqliteUse use(&statements_[kLoadGrant]);
  use->BindText(1, key.value);
  use->BindInt(2, absl::ToUnixMicros(now));
  const absl::StatusOr<bool> row = use->Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  GrantState state;
  state.app = use->Text(0);
  state.record = use->Text(1);
  state.version = static_cast<uint64_t>(use->Int(2));
  state.fence = static_cast<uint64_t>(use->Int(3));
  if (!use->IsNull(4)) state.owner = use->Text(4);
  state.lease_end = absl::FromUnixMicros(use->Int(5));
  state.lost_answers = static_cast<int>(use->Int(6));
  state.attempt_time = absl::FromUnixMicros(use->Int(7));
  state.deadline = absl::FromUnixMicros(use->Int(8));
  state.found_answers = static_cast<int>(use->Int(9));
  if (!use->IsNull(10)) state.due = absl::FromUnixMicros(use->Int(10));
  return state;
}

absl::Status SqliteSlots::SaveGrant(const SlotKey& key, const GrantState& state) {
  SqliteUse use(&statements_[kSaveGrant]);
  use->BindText(1, key.value);
  use->BindText(2, state.app);
  use->BindBlob(3, state.record);
  use->BindInt(4, static_cast<int64_t>(state.version));
  use->BindInt(5, static_cast<int64_t>(state.fence));
  if (state.owner.has_value()) use->BindBlob(6, *state.owner);
  use->BindInt(7, absl::ToUnixMicros(state.lease_end));
  use->BindInt(8, state.lost_answers);
  use->BindInt(9, absl::ToUnixMicros(state.attempt_time));
  use->BindInt(10, absl::ToUnixMicros(state.deadline));
  use->BindInt(11, state.found_answers);
  if (state.due.has_value()) use->BindInt(12, absl::ToUnixMicros(*state.due));
  return use->Step().status();
}

absl::Status SqliteSlots::SaveWrite(const SlotKey& key, const GrantState& state,
                                    const std::vector<std::string>& events) {
  if (events.empty()) return SaveGrant(key, state);
  const absl::Status begun = database_->Execute("SAVEPOINT write");
  if (!begun.ok()) return begun;
  absl::Status saved = SaveGrant(key, state);
  if (saved.ok()) saved = events_->Append(state.app, events);
  if (saved.ok()) saved = database_->Execute("RELEASE write");
  if (saved.ok() || !database_->InTransaction()) return saved;
  // Half of it must not be committed with what others did in this transaction: rather undo theirs too.
  const absl::Status undone = database_->Execute("ROLLBACK TO write; RELEASE write");
  if (!undone.ok()) database_->Execute("ROLLBACK").IgnoreError();
  return saved;
}

absl::StatusOr<std::optional<TicketState>> SqliteSlots::LoadTicket(const SlotKey& key,
                                                                   absl::Time now) {
  SqliteUse use(&statements_[kLoadTicket]);
  use->BindText(1, key.value);
  use->BindInt(2, absl::ToUnixMicros(now));
  const absl::StatusOr<bool> row = use->Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  return TicketState{use->Text(0), use->Text(1), use->Int(2) != 0,
                     absl::FromUnixMicros(use->Int(3))};
}

absl::Status SqliteSlots::SaveTicket(const SlotKey& key, const TicketState& state) {
  SqliteUse use(&statements_[kSaveTicket]);
  use->BindText(1, key.value);
  use->BindBlob(2, state.owner);
  use->BindBlob(3, state.record);
  use->BindInt(4, state.spent ? 1 : 0);
  use->BindInt(5, absl::ToUnixMicros(state.deadline));
  return use->Step().status();
}

template <typename Result, typename Change>
Result SqliteSlots::ChangeGrant(const SlotKey& key, absl::Time now, const absl::Status& missing,
                                const std::vector<std::string>& events, Change change) {
  absl::StatusOr<std::optional<GrantState>> loaded = LoadGrant(key, now);
  if (!loaded.ok()) return loaded.status();
  if (!loaded->has_value()) return missing;
  Result result = change(&**loaded);
  if (!StatusOf(result).ok()) return result;
  const absl::Status saved = SaveWrite(key, **loaded, events);
  if (!saved.ok()) return saved;
  return result;
}

absl::StatusOr<GrantSlot> SqliteSlots::ReadGrant(const SlotKey& key, absl::Time now) {
  const absl::StatusOr<std::optional<GrantState>> loaded = LoadGrant(key, now);
  if (!loaded.ok()) return loaded.status();
  if (!loaded->has_value()) return NoSuchGrant();
  return SlotOf(**loaded, now);
}

absl::Status SqliteSlots::CreateGrant(const SlotKey& key, GrantWrite write, absl::Time now) {
  const absl::StatusOr<std::optional<GrantState>> loaded = LoadGrant(key, now);
  if (!loaded.ok()) return loaded.status();
  if (loaded->has_value()) return SlotInUse();
  const std::vector<std::string> events = std::move(write.events);
  return SaveWrite(key, NewGrant(std::move(write), now), events);
}

absl::StatusOr<uint64_t> SqliteSlots::WriteGrant(const SlotKey& key, uint64_t expected_version,
                                                 GrantWrite write, absl::Time now) {
  const std::vector<std::string> events = std::move(write.events);
  return ChangeGrant<absl::StatusOr<uint64_t>>(
      key, now, NoSuchGrant(), events, [&](GrantState* state) {
        return evertoken::WriteGrant(state, expected_version, std::move(write), now);
      });
}

absl::StatusOr<RenewalLease> SqliteSlots::BeginRenewal(const SlotKey& key, std::string owner,
                                                       absl::Duration duration, absl::Time now) {
  return ChangeGrant<absl::StatusOr<RenewalLease>>(
      key, now, NoSuchGrant(), kNoEvents, [&](GrantState* state) {
        return evertoken::BeginRenewal(state, std::move(owner), duration, now);
      });
}

absl::Status SqliteSlots::ExtendLease(const SlotKey& key, uint64_t fence, absl::Duration duration,
                                      absl::Time now) {
  return ChangeGrant<absl::Status>(key, now, FenceNotCurrent(), kNoEvents, [&](GrantState* state) {
    return evertoken::ExtendLease(state, fence, duration, now);
  });
}

absl::Status SqliteSlots::PresentAgain(const SlotKey& key, uint64_t fence, absl::Duration duration,
                                       absl::Time now) {
  return ChangeGrant<absl::Status>(key, now, FenceNotCurrent(), kNoEvents, [&](GrantState* state) {
    return evertoken::PresentAgain(state, fence, duration, now);
  });
}

absl::StatusOr<uint64_t> SqliteSlots::CommitRenewal(const SlotKey& key, uint64_t fence,
                                                    uint64_t expected_version, int lost_answers,
                                                    GrantWrite write, absl::Time now) {
  const std::vector<std::string> events = std::move(write.events);
  return ChangeGrant<absl::StatusOr<uint64_t>>(
      key, now, FenceNotCurrent(), events, [&](GrantState* state) {
        return evertoken::CommitRenewal(state, fence, expected_version, lost_answers,
                                        std::move(write), now);
      });
}

absl::Status SqliteSlots::AbandonRenewal(const SlotKey& key, uint64_t fence, absl::Time now) {
  return ChangeGrant<absl::Status>(key, now, FenceNotCurrent(), kNoEvents, [&](GrantState* state) {
    return evertoken::AbandonRenewal(state, fence);
  });
}

absl::Status SqliteSlots::PutTicket(const SlotKey& key, std::string owner, std::string record,
                                    absl::Duration ttl, absl::Time now) {
  const absl::StatusOr<std::optional<TicketState>> loaded = LoadTicket(key, now);
  if (!loaded.ok()) return loaded.status();
  if (loaded->has_value()) return SlotInUse();
  return SaveTicket(key, NewTicket(std::move(owner), std::move(record), ttl, now));
}

absl::StatusOr<Ticket> SqliteSlots::SpendTicket(const SlotKey& key, absl::string_view owner,
                                                absl::Duration replay_window, absl::Time now) {
  absl::StatusOr<std::optional<TicketState>> loaded = LoadTicket(key, now);
  if (!loaded.ok()) return loaded.status();
  if (!loaded->has_value()) return NoSuchTicket();
  absl::StatusOr<Ticket> ticket = evertoken::SpendTicket(&**loaded, owner, replay_window, now);
  if (!ticket.ok()) return ticket;
  const absl::Status saved = SaveTicket(key, **loaded);
  if (!saved.ok()) return saved;
  return ticket;
}

absl::Status SqliteSlots::Ping() {
  SqliteUse use(&statements_[kPing]);
  return use->Step().status();
}

absl::StatusOr<bool> SqliteSlots::Purge(absl::Time now, int limit) {
  const absl::StatusOr<bool> more_grants = DeleteRows(&statements_[kPurgeGrants], now, limit);
  if (!more_grants.ok()) return more_grants.status();
  const absl::StatusOr<bool> more_tickets = DeleteRows(&statements_[kPurgeTickets], now, limit);
  if (!more_tickets.ok()) return more_tickets.status();
  return *more_grants || *more_tickets;
}

}  // namespace evertoken
