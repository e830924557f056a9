#ifndef EVERTOKEN_SERVER_BROKER_HOMECOMING_H_
#define EVERTOKEN_SERVER_BROKER_HOMECOMING_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/base/task.h"
#include "server/broker/grant_repository.h"
#include "server/broker/renewal_commit.h"
#include "server/broker/result_safekeeping.h"
#include "server/broker/slot_lease.h"
#include "server/store/journal/result_journal.h"
#include "server/store/token_store.h"

namespace evertoken {

// Brings what a provider gave into the grant's slot, whatever happened meanwhile to the store, the slot and the lease (rule 2): the
// one way in for a renewal that just succeeded, for a journal's entry after a restart, and for a result that a failover forgot.
//
// As long as the store cannot take the result or takes long, or somebody else holds the slot, the result also stands in the
// journal. Tokens never go over those of the same or a later generation. One object, one run; belongs to one executor.
class Homecoming {
 public:
  struct Parts {
    Executor* executor = nullptr;
    TokenStore* store = nullptr;
    GrantRepository* grants = nullptr;
    ResultJournal* journal = nullptr;
    const Clock* clock = nullptr;
    // Whether a slot whose record cannot be opened is waited for: for tokens that are nowhere else.
    bool insist = true;
  };

  enum class End {
    kWritten,     // the slot holds these tokens
    kTaken,       // it held these or later ones already
    kEnded,       // the grant was ended meanwhile: the tokens have no home
    kExpired,     // its time passed and the slot is gone: the same
    kUnreadable,  // what the slot holds cannot be judged by this process (unless `insist`)
  };

  // `lease` is of the slot, held or not, and free at the end. `on_delay` is called once when it takes longer, so that callers can
  // be told before it is done. `journaled`: the entry that the result was read from.
  Homecoming(Parts parts, RequestContext context, SlotLease* lease,
             storage::v1::RenewedGrant renewed, std::function<void(absl::Status)> on_delay,
             std::optional<ResultJournal::EntryId> journaled);

  // `slot`: what the slot held when it was last read, and at the end what it holds. To be awaited once; the object must
  // outlive it. Always ends, but perhaps not before the store is back.
  Task<End> Run(LoadedGrant* slot);

 private:
  // The result under the lease. Nullopt: the lease is not held any more, or the store has to be looked at anew.
  Task<std::optional<End>> Write(LoadedGrant* slot);
  // Looks at the slot and takes its lease where the tokens are waited for. Nullopt: to be tried again, or the lease is held.
  Task<std::optional<End>> LookAndTake(LoadedGrant* slot);
  // The store lost the slot: makes it anew.
  Task<std::optional<End>> Recreate(LoadedGrant* slot);
  // Frees the lease without a write, for sure while the store can be asked at all.
  Task<void> FreeLease();
  // The store cannot be used now: whoever waits is told so.
  Task<void> StoreIsAway(absl::Status why);

  const Parts parts_;
  const RequestContext context_;
  SlotLease* const lease_;
  storage::v1::RenewedGrant renewed_;
  const std::function<void(absl::Status)> on_delay_;
  RenewalCommit commit_;
  ResultSafekeeping keeping_;
  bool told_ = false;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_HOMECOMING_H_
