#ifndef EVERTOKEN_SERVER_STORE_SEALING_STORE_H_
#define EVERTOKEN_SERVER_STORE_SEALING_STORE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "server/store/token_sealer.h"
#include "server/store/token_store.h"

namespace evertoken {

// Seals every record on its way into a store and opens it on its way out. A grant's seal covers its slot key, app and version,
// so a record cannot be moved to another slot, given to another app, or rolled back under a newer version; a ticket's covers its
// key and owner, an event's its app. A record that cannot be opened is INTERNAL (with the ErrorReason of that name), never deleted.
class SealingStore final : public TokenStore {
 public:
  // By how much a version grows at most, by chance (see GrantWrite): a million, so that a version that a failover forgot is not
  // met again, and 2^43 writes fit into one.
  static constexpr uint32_t kLongestStep = 1 << 20;

  // `sealer` must outlive the store.
  SealingStore(std::unique_ptr<TokenStore> store, const TokenSealer* sealer,
               uint32_t longest_step = kLongestStep);
  ~SealingStore() override;

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
  void SetInvalidationListener(InvalidationListener listener) override;
  void SetReconnectListener(ReconnectListener listener) override;
  bool CanRemember() const override;

 private:
  void SealWrite(const SlotKey& key, uint64_t version, GrantWrite* write) const;
  // The same for a record that replaces the one of `version`.
  void SealReplacement(const SlotKey& key, uint64_t version, GrantWrite* write) const;

  const std::unique_ptr<TokenStore> store_;
  const TokenSealer* const sealer_;
  const uint32_t longest_step_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_SEALING_STORE_H_
