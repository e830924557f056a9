#ifndef EVERTOKEN_SERVER_STORE_TOKEN_STORE_H_
#define EVERTOKEN_SERVER_STORE_TOKEN_STORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/task.h"

namespace evertoken {

// A key in the store: a keyed hash in base64url, never the secret it was made of. Made by KeyRing only; a companion's is its grant's
// with a dot and a name.
struct SlotKey {
  std::string value;

  friend bool operator==(const SlotKey&, const SlotKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const SlotKey& key) {
    return H::combine(std::move(h), key.value);
  }
};

// What is written into a grant's slot.
struct GrantWrite {
  std::string app;     // key of the app the grant belongs to; sealing authenticates it
  std::string record;  // opaque bytes
  absl::Duration ttl;  // the slot disappears this long after the write, by the store's clock; > 0
  // When the grant is to be tended without a caller, from the write on (see DueQueue): 0 or less is now, more than a year counts
  // as a year. nullopt: not at all. Each write replaces what the one before said; but WriteGrant makes it no later while an attempt
  // is open, because that waits to be settled.
  std::optional<absl::Duration> due_in = std::nullopt;
  // A few records, opaque, that the same step appends to the event log, in this order.
  std::vector<std::string> events = {};
  // By how much the version grows, at least 1. Writers take a number by chance, so that a version that a failover forgot is not
  // given again to another record: who read the one must not replace the other. Not for creation.
  uint64_t version_step = 1;
};

// Presentations of the grant's token whose answers are unknown: attempts that were begun and neither committed nor abandoned, and
// what a commit said of its own. Closed by a commit that knows better.
struct OpenAttempt {
  absl::Duration
      age;  // of the first one, because a provider's grace counts from there too; by the store's clock; infinite: unknown
  int lost_answers = 0;  // at least 1
};

// What a grant's slot holds.
struct GrantSlot {
  std::string app;
  std::string record;
  uint64_t version = 0;  // 1 at creation, greater after every write of the record
  std::optional<OpenAttempt> open_attempt;
  absl::Duration
      held_for;  // how long the lease still runs, by the store's clock; zero: nobody holds it
};

// The answer to BeginRenewal.
struct RenewalLease {
  // Whether the caller now holds the lease. When false, another owner does, for `slot.held_for`.
  bool acquired = false;
  // Names this attempt in CommitRenewal and its siblings. Grows with every acquisition of this slot; a store whose failover can
  // forget acquisitions gives out none of their numbers again. 0 when not acquired.
  uint64_t fence = 0;
  // The slot as of this moment. When acquired: with the attempt that was found open before this owner came, if any (an earlier
  // holder that crashed or hangs), and not held.
  GrantSlot slot;
};

// A ticket is a record for one use: a login's `state` or a request token.
struct Ticket {
  std::string record;
  bool replayed = false;  // true: spent before, by the same owner, within the replay window
};

// Keeps grants and tickets. Everything that several replicas must agree on goes through here, and each operation is one atomic
// step on one slot, in one round trip.
//
// What every implementation guarantees (tests/conformance/store checks it):
//  1. Linearizable per slot: an operation that returned OK is seen by every later operation of any replica.
//  2. Versions and fences of a slot only grow. A write with another version than expected changes nothing.
//  3. Time is the store's own clock, never a caller's: leases, ages, ttls and replay windows are durations.
//  4. A record comes back byte for byte, whatever bytes it holds. Sizes up to 1 MiB.
//  5. Errors: NOT_FOUND, ALREADY_EXISTS and ABORTED mean exactly what the operation says. Everything else that can go wrong is
//     UNAVAILABLE (the operation may or may not have happened), within the store's operation timeout. Nothing is ever
//     deleted because of an error.
//  6. Thread-compatible: called from the executor it was made for. Records are sealed above (see SealingStore).
class TokenStore {
 public:
  virtual ~TokenStore() = default;

  // NOT_FOUND when there is no such slot or its ttl has passed.
  virtual Task<absl::StatusOr<GrantSlot>> ReadGrant(SlotKey key) = 0;

  // Makes a slot with version 1. ALREADY_EXISTS when there is one.
  virtual Task<absl::Status> CreateGrant(SlotKey key, GrantWrite write) = 0;

  // Replaces the record if the version is still `expected_version`; gives the new version. Leaves a lease as it is. ABORTED when
  // the version is another, NOT_FOUND when the slot is gone.
  virtual Task<absl::StatusOr<uint64_t>> WriteGrant(SlotKey key, uint64_t expected_version,
                                                    GrantWrite write) = 0;

  // Takes the lease for `duration` if none is running, and writes the attempt into the slot before any token is spent. The grant
  // becomes due when the lease ends (see DueQueue), so that an attempt whose holder died is found. NOT_FOUND when there is no slot.
  // Asked again by the owner whose fence is current (see below), it gives the same answer and sets the lease to end `duration` from
  // now: owners are one per attempt, and a reply may have been lost. An owner that committed or abandoned asks no more: ABORTED, in
  // stores that requests may reach late.
  virtual Task<absl::StatusOr<RenewalLease>> BeginRenewal(SlotKey key, std::string owner,
                                                          absl::Duration duration) = 0;

  // The next four ask for a `fence` that is current: the newest of the slot, and neither committed nor abandoned. That its
  // lease ran out does not matter while nobody else took it. ABORTED with nothing changed otherwise, also when the slot is gone.

  // Sets the lease, and the time at which the grant is due, to end `duration` from now.
  virtual Task<absl::Status> ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) = 0;

  // To be called before the holder presents the token once more: counts one more lost answer until a commit knows better, and sets
  // the lease as ExtendLease does.
  virtual Task<absl::Status> PresentAgain(SlotKey key, uint64_t fence, absl::Duration duration) = 0;

  // Writes the outcome: replaces the record and frees the lease, if the version is `expected_version` as well; gives the new
  // version. `lost_answers` is what the holder knows: 0 closes the open attempt; more keep it open, as old as it was.
  virtual Task<absl::StatusOr<uint64_t>> CommitRenewal(SlotKey key, uint64_t fence,
                                                       uint64_t expected_version, int lost_answers,
                                                       GrantWrite write) = 0;

  // Closes this attempt (no earlier one) and frees the lease without a write: for an attempt whose token is proven not to have
  // left this process. The grant stays due when the lease would have ended.
  virtual Task<absl::Status> AbandonRenewal(SlotKey key, uint64_t fence) = 0;

  // Resumes when the slot may have been changed by anybody, of any replica, since the caller's last look at it; after `at_most` in
  // any case. A hint: it may resume for nothing, and a change that it misses costs no more than `at_most`.
  virtual Task<void> AwaitChange(SlotKey key, absl::Duration at_most) = 0;

  // Keeps `record` for `owner` to spend once within `ttl`. ALREADY_EXISTS when the key is in use.
  virtual Task<absl::Status> PutTicket(SlotKey key, std::string owner, std::string record,
                                       absl::Duration ttl) = 0;

  // Spends a ticket. The first time gives the record; the same owner gets it again, marked as replayed, within
  // the first call's `replay_window` (0: never). NOT_FOUND when it is unknown, outlived, spent, or another owner's; another
  // owner's attempt leaves the ticket as it was.
  virtual Task<absl::StatusOr<Ticket>> SpendTicket(SlotKey key, std::string owner,
                                                   absl::Duration replay_window) = 0;

  // Whether the store can be written now.
  virtual Task<absl::Status> Ping() = 0;

  // Calls `listener` when a grant that this process read was changed by anybody, with its key, or with nullopt when changes may
  // have been missed and everything read before must be forgotten. From any thread. Stores that only this process can write
  // never call it. At most one listener, set before the first operation.
  using InvalidationListener = std::function<void(const std::optional<SlotKey>& key)>;
  virtual void SetInvalidationListener(InvalidationListener listener) { (void)listener; }

  // Calls `listener` when there is a connection to the store again after one was lost: it may lead to another server, to which a
  // failover did not bring the newest writes. On the executor that the store was made for. Stores that forget nothing while this
  // process lives never call it. At most one listener, set before the first operation.
  using ReconnectListener = std::function<void()>;
  virtual void SetReconnectListener(ReconnectListener listener) { (void)listener; }

  // Whether reads may be remembered now: false while changes by others would not be heard of.
  virtual bool CanRemember() const { return true; }
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_TOKEN_STORE_H_
