#ifndef EVERTOKEN_SERVER_BROKER_COMPANIONS_H_
#define EVERTOKEN_SERVER_BROKER_COMPANIONS_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/base/task.h"
#include "server/broker/grant_repository.h"
#include "server/broker/recent_results.h"
#include "server/broker/renewer.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// A login may bring further pairs of tokens that live apart from the first (TokenEndpoint.secondary). Each is kept as a companion of
// the grant: a record in a slot of its own, renewed by the same protocol, so that what becomes of it changes nothing else.
//
//  1. A companion is given out through its grant alone: the key of its slot is made of the grant's.
//  2. Its expire_time follows the grant's. Who tends it without a caller looks at the grant first: when an app ended that, or it is gone,
//     the companion ends; while it is over otherwise, a renewal may still bring it back, and the companion rests.
//  3. An app's end of a grant ends the companions before the grant, so that asking again after an error ends what is left.
//
// Belongs to one executor.
class Companions {
 public:
  struct Parts {
    Executor* executor = nullptr;
    GrantRepository* grants = nullptr;
    Renewer* renewer = nullptr;
    RecentResults* recent = nullptr;
    const Clock* clock = nullptr;
    absl::Duration outage_reads;  // as in BrokerParts
  };

  // All parts must outlive the object and the work it has begun.
  explicit Companions(Parts parts);

  // Makes a companion of each further pair of a grant that is about to be claimed. Again: those that are there stay as they are.
  Task<absl::Status> Create(LoadedGrant grant, google::protobuf::Timestamp expire_time);

  // The companion of that name, also one that has ended. REQUEST_INVALID when the login brought none, GRANT_EXPIRED when it is
  // forgotten.
  Task<absl::StatusOr<LoadedGrant>> Find(LoadedGrant grant, std::string chain);

  // What a caller asks for: the companion of that name, or the grant itself where it is empty.
  Task<absl::StatusOr<LoadedGrant>> Choose(LoadedGrant grant, std::string chain);

  // Begins to renew all companions of a grant that was just renewed by a caller, who does not wait for them.
  void RenewAll(RequestContext context, ProviderBinding binding, LoadedGrant grant);

  struct Followed {
    LoadedGrant companion;  // as it is now
    bool rests =
        false;  // it is not to be renewed now, and to be held against its grant again after kRest
  };
  static constexpr absl::Duration kRest = absl::Minutes(15);

  // Brings a companion's expire_time to its grant's, or ends it with the grant. Errors: the store's, TOKEN_NOT_FOUND.
  Task<absl::StatusOr<Followed>> Follow(LoadedGrant companion);

  // Work begun for callers who do not wait. From any thread.
  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  Task<void> RenewEach(RequestContext context, ProviderBinding binding, LoadedGrant grant);
  Task<void> RenewOne(RequestContext context, ProviderBinding binding, LoadedGrant companion,
                      google::protobuf::Timestamp expire_time);
  Task<absl::StatusOr<LoadedGrant>> Read(SlotKey key);
  Task<absl::StatusOr<Followed>> End(LoadedGrant companion);

  const Parts parts_;
  std::atomic<int> in_flight_{0};
};

// What to tell of a pair: that its slot is gone says nothing of the grant. `chain` empty: the status as it is.
absl::Status OfPair(absl::Status status, const std::string& chain);

// In a grant that is being claimed: names where the further pairs were.
void NameChains(storage::v1::Grant* grant);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_COMPANIONS_H_
