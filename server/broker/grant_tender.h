#ifndef EVERTOKEN_SERVER_BROKER_GRANT_TENDER_H_
#define EVERTOKEN_SERVER_BROKER_GRANT_TENDER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/companions.h"
#include "server/broker/grant_repository.h"
#include "server/broker/place_shares.h"
#include "server/broker/provider_guard.h"
#include "server/broker/put_off_book.h"
#include "server/broker/renewer.h"
#include "server/broker/slot_lease.h"
#include "server/broker/token_look.h"
#include "server/store/token_store.h"

namespace evertoken {

// Does for a grant what the agenda says is to be done without a caller: renews it when it is due, settles what a holder that died left
// open, announces an end that nothing can move, looks at its access token, and corrects its time otherwise. Does so for a companion
// only while its grant lives. Belongs to one executor.
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
    // What the loop may begin a second, and have under way.
    double rate = 0;
    int concurrent = 0;
    TokenLook* looks = nullptr;
    Companions* companions = nullptr;
  };

  enum class Outcome {
    kRenewed,
    kServed,     // somebody else renewed it meanwhile, or it is fresh
    kLookedAt,   // its access token was looked at
    kAnnounced,  // the app was told that the grant ends soon, or that it has ended
    kFailed,     // a renewal was tried; the grant's record says why not, and when it is tried again
    kRefused,    // the provider is kept from calls, or has its share of what is under way: put off
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
  Task<Outcome> Renew(const config::v1::App* app, ProviderBinding binding, LoadedGrant grant,
                      std::optional<absl::Time> next_notice);
  Task<Outcome> Look(const config::v1::App* app, ProviderBinding binding, LoadedGrant grant,
                     std::optional<absl::Time> next_notice);
  Task<Outcome> DoWhatIsDue(const config::v1::App* app, ProviderBinding binding, LoadedGrant grant,
                            bool attempt_open);
  // Lets the app know that the grant ends soon, or that it has ended.
  Task<Outcome> Announce(const config::v1::App* app, ProviderBinding binding, LoadedGrant grant);
  // Puts a companion off whose grant is over, perhaps not for good.
  Task<Outcome> Rest(LoadedGrant companion, bool attempt_open);
  // Takes the grant out of the queue.
  Task<Outcome> Drop(LoadedGrant grant, bool attempt_open);
  // The same under a lease, because an open attempt keeps the grant in the queue.
  Task<Outcome> Close(LoadedGrant grant);
  // Behind others for `least` or longer, but not so long that the grant ends untried, unless the provider `asked` for it; and not
  // beyond the time at which the app is to be told something.
  Task<Outcome> PutOff(LoadedGrant grant, absl::Duration asked, absl::Duration least,
                       std::optional<absl::Time> next_notice);

  const Parts parts_;
  PutOffBook put_off_;
  PutOffBook unconfigured_;  // apart, because these come back for ever
  PlaceShares places_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_GRANT_TENDER_H_
