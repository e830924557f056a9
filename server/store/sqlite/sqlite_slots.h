#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_SLOTS_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_SLOTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/store/slot_rules.h"
#include "server/store/sqlite/sqlite_database.h"
#include "server/store/sqlite/sqlite_due.h"
#include "server/store/sqlite/sqlite_events.h"
#include "server/store/token_store.h"

namespace evertoken {

// The operations of TokenStore on the tables of a database, inside whatever transaction is open. One that fails leaves nothing
// behind. Not thread-safe, but may move between threads.
class SqliteSlots {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteSlots>> New(std::unique_ptr<SqliteDatabase> database);

  absl::StatusOr<GrantSlot> ReadGrant(const SlotKey& key, absl::Time now);
  absl::Status CreateGrant(const SlotKey& key, GrantWrite write, absl::Time now);
  absl::StatusOr<uint64_t> WriteGrant(const SlotKey& key, uint64_t expected_version,
                                      GrantWrite write, absl::Time now);
  absl::StatusOr<RenewalLease> BeginRenewal(const SlotKey& key, std::string owner,
                                            absl::Duration duration, absl::Time now);
  absl::Status ExtendLease(const SlotKey& key, uint64_t fence, absl::Duration duration,
                           absl::Time now);
  absl::Status PresentAgain(const SlotKey& key, uint64_t fence, absl::Duration duration,
                            absl::Time now);
  absl::StatusOr<uint64_t> CommitRenewal(const SlotKey& key, uint64_t fence,
                                         uint64_t expected_version, int lost_answers,
                                         GrantWrite write, absl::Time now);
  absl::Status AbandonRenewal(const SlotKey& key, uint64_t fence, absl::Time now);
  absl::Status PutTicket(const SlotKey& key, std::string owner, std::string record,
                         absl::Duration ttl, absl::Time now);
  absl::StatusOr<Ticket> SpendTicket(const SlotKey& key, absl::string_view owner,
                                     absl::Duration replay_window, absl::Time now);
  absl::Status Ping();

  // Deletes at most `limit` rows of each table whose deadline has passed. Gives whether there may be more.
  absl::StatusOr<bool> Purge(absl::Time now, int limit);

  SqliteDue* due() { return due_.get(); }
  SqliteEvents* events() { return events_.get(); }
  SqliteDatabase& database() { return *database_; }

 private:
  explicit SqliteSlots(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}
  absl::Status PrepareAll();

  absl::StatusOr<std::optional<GrantState>> LoadGrant(const SlotKey& key, absl::Time now);
  absl::Status SaveGrant(const SlotKey& key, const GrantState& state);
  // With the events that go with it: all or nothing.
  absl::Status SaveWrite(const SlotKey& key, const GrantState& state,
                         const std::vector<std::string>& events);
  absl::StatusOr<std::optional<TicketState>> LoadTicket(const SlotKey& key, absl::Time now);
  absl::Status SaveTicket(const SlotKey& key, const TicketState& state);

  // Runs `change` on the grant and saves it, with `events`, when the result is OK; `missing` when there is no such grant.
  template <typename Result, typename Change>
  Result ChangeGrant(const SlotKey& key, absl::Time now, const absl::Status& missing,
                     const std::vector<std::string>& events, Change change);

  // The statements must go before their database.
  std::unique_ptr<SqliteDatabase> database_;
  std::vector<SqliteStatement> statements_;
  std::unique_ptr<SqliteDue> due_;
  std::unique_ptr<SqliteEvents> events_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_SLOTS_H_
