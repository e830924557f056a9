#ifndef EVERTOKEN_SERVER_BROKER_RENEWAL_COMMIT_H_
#define EVERTOKEN_SERVER_BROKER_RENEWAL_COMMIT_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/task.h"
#include "server/broker/grant_repository.h"
#include "server/broker/slot_lease.h"
#include "server/store/token_store.h"

namespace evertoken {

// Writes the outcome of a renewal under its lease. A store that cannot take it now is asked again until it does or says why not.
// Belongs to one executor.
class RenewalCommit {
 public:
  // Applied to the newest record before every offer.
  using Change = std::function<void(storage::v1::Grant*)>;
  // Awaited before the first waiting for the store, and after a lease was lost.
  using OnDelay = std::function<Task<void>(absl::Status)>;

  enum class End {
    kWritten,    // the slot holds the outcome
    kLeaseLost,  // somebody took the lease over, or the store forgot it
    kSlotGone,   // the store knows no such grant
  };

  RenewalCommit(TokenStore* store, GrantRepository* grants, OnDelay on_delay);

  // `grant` is what the slot held when it was last read, and what it holds now when the outcome is written; the lease is free
  // then. `lost_answers` as in TokenStore::CommitRenewal. Every error but the store's being away is given back.
  Task<absl::StatusOr<End>> Write(LoadedGrant* grant, SlotLease* lease, int lost_answers,
                                  Change change);

  // Waits before the store is asked again after `failure`, longer each time.
  Task<void> WaitForStore(absl::Status failure);

 private:
  // What the slot says after a write was refused. `offered` is what was to be written.
  Task<absl::StatusOr<End>> Reread(LoadedGrant* grant,
                                   std::shared_ptr<const GrantSnapshot> offered);

  TokenStore* const store_;
  GrantRepository* const grants_;
  const OnDelay on_delay_;
  absl::Duration pause_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RENEWAL_COMMIT_H_
