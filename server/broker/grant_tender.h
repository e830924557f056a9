#ifndef EVERTOKEN_SERVER_BROKER_GRANT_TENDER_H_
#define EVERTOKEN_SERVER_BROKER_GRANT_TENDER_H_

#include <functional>

#include "absl/strings/string_view.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/grant_repository.h"
#include "server/broker/provider_guard.h"
#include "server/broker/renewer.h"
#include "server/broker/slot_lease.h"
#include "server/store/token_store.h"

namespace evertoken {

// Does for a grant what the agenda says is to be done without a caller: renews it when it is due, settles what a holder that died left
// open, announces an end that nothing can move, and corrects its time otherwise. Belongs to one executor.
class GrantTender {
 public:
  struct Parts {
    Executor* executor = nullptr;
    TokenStore* store = nullptr;
    GrantRepository* grants = nullptr;
    Renewer* renewer = nullptr;
    ProviderGuard* guard = nullptr;
    const AppRegistry* apps = nullptr;
    const Clock* clock = nullptr;
    LeaseTerms lease;
    std::function<double()> random;  // draws from [0, 1)
  };

  enum class Outcome {
    kRenewed,
    kServed,     // somebody else renewed it meanwhile, or it is fresh
    kAnnounced,  // the app was told that the grant ends soon
    kFailed,     // a renewal was tried; the grant's record says why not, and when it is tried again
    kRefused,    // the guard keeps calls from the provider: put off
    kNotDue,     // too early: its time is corrected
    kDropped,    // there is nothing to wait for any more: neither is it in the queue
    kUnconfigured,  // its app or entry is unknown here: looked at again after a while
    kBusy,          // somebody renews it right now
    kGone,          // the slot is no more
    kUnreadable,    // the record cannot be opened, by this process
    kStoreDown,     // the grant stays hidden in the queue for a while
  };
  // For metrics and log lines.
  static absl::string_view NameOf(Outcome outcome);

  // All parts must outlive the tender and the work it has begun.
  explicit GrantTender(Parts parts);

  // To be called for a grant that was claimed from the DueQueue.
  Task<Outcome> Tend(SlotKey key);

 private:
  Task<Outcome> Renew(const config::v1::App* app, ProviderBinding binding, LoadedGrant grant);
  // Lets the app know that the grant ends soon.
  Task<Outcome> Announce(const config::v1::App* app, ProviderBinding binding, LoadedGrant grant);
  // Takes the grant out of the queue.
  Task<Outcome> Drop(LoadedGrant grant, bool attempt_open);
  // The same under a lease, because an open attempt keeps the grant in the queue.
  Task<Outcome> Close(LoadedGrant grant);
  Task<Outcome> PutOff(LoadedGrant grant, absl::Duration wait, Outcome outcome);

  const Parts parts_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_GRANT_TENDER_H_
