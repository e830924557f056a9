#ifndef EVERTOKEN_SERVER_BROKER_RENEWAL_COMMIT_H_
#define EVERTOKEN_SERVER_BROKER_RENEWAL_COMMIT_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/log.h"
#include "server/base/task.h"
#include "server/broker/grant_repository.h"
#include "server/store/token_store.h"

namespace evertoken {

// Brings the outcome of a renewal into its slot. A store that cannot take it now is asked again until it does or says why not; so
// no answer of a provider is dropped while this process lives. Belongs to one executor.
class RenewalCommit {
 public:
  // Applied to the newest record before every offer.
  using Change = std::function<void(storage::v1::Grant*)>;

  enum class End {
    kWritten,  // the slot holds the outcome
    kLeaseLost,  // the lease is not this holder's any more: somebody took it over, or the store forgot it
    kSlotGone,  // the store knows no such grant
  };

  // `on_delay` is called once if the store has to be waited for, so that callers can be told before the work is done.
  RenewalCommit(TokenStore* store, GrantRepository* grants, RequestContext context,
                std::function<void(absl::Status)> on_delay);

  // Writes under the lease `fence`. `grant` is what the slot held when it was last read, and what it holds now when the outcome is
  // written. `lost_answers` as in TokenStore::CommitRenewal.
  Task<absl::StatusOr<End>> Write(LoadedGrant* grant, uint64_t fence, int lost_answers,
                                  Change change);

  // Makes the slot anew, for a store that lost it. kLeaseLost: there is one after all.
  Task<absl::StatusOr<End>> Create(LoadedGrant* grant, Change change);

  // Waits before the store is asked again after `failure`, longer each time.
  Task<void> WaitForStore(LoadedGrant grant, absl::Status failure);

 private:
  // What the slot says after a write was refused. `offered` is what was to be written.
  Task<absl::StatusOr<End>> Reread(LoadedGrant* grant,
                                   std::shared_ptr<const GrantSnapshot> offered);
  void Accept(LoadedGrant* grant, std::shared_ptr<GrantSnapshot> written, uint64_t version,
              uint64_t epoch);

  TokenStore* const store_;
  GrantRepository* const grants_;
  const RequestContext context_;
  const std::function<void(absl::Status)> on_delay_;
  absl::Duration pause_;
  bool told_ = false;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RENEWAL_COMMIT_H_
