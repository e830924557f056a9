#ifndef EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_BACKEND_H_
#define EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_BACKEND_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/store/change_watch.h"
#include "server/store/due_queue.h"
#include "server/store/event_log.h"
#include "server/store/memory/expiring_map.h"
#include "server/store/memory/memory_due_index.h"
#include "server/store/memory/memory_event_list.h"
#include "server/store/slot_rules.h"
#include "server/store/token_store.h"

namespace evertoken {

// Slots in the memory of this process: nothing survives it. Every operation drops a few slots whose time has passed.
// Thread-safe.
class MemoryBackend {
 public:
  // `clock` must outlive the backend.
  explicit MemoryBackend(const Clock* clock);

  // The operations of TokenStore.
  absl::StatusOr<GrantSlot> ReadGrant(const SlotKey& key);
  absl::Status CreateGrant(const SlotKey& key, GrantWrite write);
  absl::StatusOr<uint64_t> WriteGrant(const SlotKey& key, uint64_t expected_version,
                                      GrantWrite write);
  absl::StatusOr<RenewalLease> BeginRenewal(const SlotKey& key, std::string owner,
                                            absl::Duration duration);
  absl::Status ExtendLease(const SlotKey& key, uint64_t fence, absl::Duration duration);
  absl::Status PresentAgain(const SlotKey& key, uint64_t fence, absl::Duration duration);
  absl::StatusOr<uint64_t> CommitRenewal(const SlotKey& key, uint64_t fence,
                                         uint64_t expected_version, int lost_answers,
                                         GrantWrite write);
  absl::Status AbandonRenewal(const SlotKey& key, uint64_t fence);
  absl::Status PutTicket(const SlotKey& key, std::string owner, std::string record,
                         absl::Duration ttl);
  absl::StatusOr<Ticket> SpendTicket(const SlotKey& key, absl::string_view owner,
                                     absl::Duration replay_window);

  // The operations of DueQueue and EventLog, each with one shard.
  DueClaim ClaimDue(const std::string& owner, absl::Duration hold, int limit);
  void ReleaseDue(absl::string_view owner);
  EventBatch ReadEvents(EventPosition after, int limit) const;

  // Is notified of a slot's key when the grant was written or its lease freed, and of kAnyEvent when events were appended.
  ChangeWatch* changes() { return &changes_; }
  static constexpr char kAnyEvent[] = "";

  // Slots in memory, those whose time has passed and that were not dropped yet included.
  size_t size() const;

 private:
  struct Shard {
    mutable absl::Mutex mutex;
    ExpiringMap<GrantState> grants ABSL_GUARDED_BY(mutex);
    ExpiringMap<TicketState> tickets ABSL_GUARDED_BY(mutex);
  };
  Shard& ShardOf(const SlotKey& key);

  // Runs `change` on a copy of the grant and keeps the copy when the result is OK; `missing` when there is no such grant.
  template <typename Result, typename Change>
  Result ChangeGrant(const SlotKey& key, const absl::Status& missing, Change change);

  // Tells everybody else of a write, while the slot's shard is locked: one grant's writes stay in order.
  void Spread(const SlotKey& key, const GrantState& state, std::vector<std::string> events,
              absl::Time now);

  const Clock* const clock_;
  MemoryDueIndex due_;
  MemoryEventList events_{clock_->Now()};
  ChangeWatch changes_;
  std::array<Shard, 16> shards_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_BACKEND_H_
