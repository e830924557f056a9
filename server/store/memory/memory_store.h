#ifndef EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_STORE_H_
#define EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_STORE_H_

#include <string>

#include "server/store/memory/memory_backend.h"
#include "server/store/token_store.h"

namespace evertoken {

// A view on a MemoryBackend: all views of one backend see the same slots. Its tasks wait for nothing,
// except AwaitChange. Thread-safe.
class MemoryStore final : public TokenStore {
 public:
  // `backend` must outlive the store.
  explicit MemoryStore(MemoryBackend* backend);

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
  MemoryBackend* const backend_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_STORE_H_
