#ifndef EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_STORE_H_
#define EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_STORE_H_

#include <string>

#include "server/store/sqlite/sqlite_backend.h"
#include "server/store/token_store.h"

namespace evertoken {

// A view on a SqliteBackend: all views of one backend see the same slots. Its tasks wait for the backend's thread.
class SqliteStore final : public TokenStore {
 public:
  // `backend` must outlive the store.
  explicit SqliteStore(SqliteBackend* backend);

  Task<absl::StatusOr<GrantSlot>> ReadGrant(SlotKey key) override;
  Task<absl::Status> CreateGrant(SlotKey key, GrantWrite write) override;
  Task<absl::StatusOr<uint64_t>> WriteGrant(SlotKey key, uint64_t expected_version,
                                            GrantWrite write) override;
  Task<absl::StatusOr<RenewalLease>> BeginRenewal(SlotKey key, std::string owner,
                                                  absl::Duration duration) override;
  Task<absl::Status> ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) override;
  Task<absl::Status> PresentAgain(SlotKey key, uint64_t fence, absl::Duration duration) override;
  Task<absl::StatusOr<uint64_t>> CommitRenewal(SlotKey key, uint64_t fence,
                                               uint64_t expected_version, int lost_answers,
                                               GrantWrite write) override;
  Task<absl::Status> AbandonRenewal(SlotKey key, uint64_t fence) override;
  Task<void> AwaitChange(SlotKey key, absl::Duration at_most) override;
  Task<absl::Status> PutTicket(SlotKey key, std::string owner, std::string record,
                               absl::Duration ttl) override;
  Task<absl::StatusOr<Ticket>> SpendTicket(SlotKey key, std::string owner,
                                           absl::Duration replay_window) override;
  Task<absl::Status> Ping() override;

 private:
  // Wakes who waits for a write that has been committed.
  void Spread(const SlotKey& key, bool with_events);

  SqliteBackend* const backend_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SQLITE_SQLITE_STORE_H_
