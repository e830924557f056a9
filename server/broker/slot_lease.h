#ifndef EVERTOKEN_SERVER_BROKER_SLOT_LEASE_H_
#define EVERTOKEN_SERVER_BROKER_SLOT_LEASE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/task.h"
#include "server/store/token_store.h"

namespace evertoken {

// How long leases run: computed from the deadlines of what happens under them.
struct LeaseTerms {
  absl::Duration length;         // of a lease, from each extension
  absl::Duration provider_call;  // the longest that one call to a provider takes

  // A lease covers one provider call from the moment it is proven, with the store's answers before and after it.
  static LeaseTerms For(absl::Duration provider_timeout, absl::Duration store_timeout) {
    return {provider_timeout + 2 * store_timeout + absl::Seconds(1), provider_timeout};
  }
};

// One attempt's hold on a grant's slot. While it exists and is held it extends the lease every third of its length, however long
// the provider takes; a store that does not answer is asked again at the next third. When it goes away, so does only the
// extending: the lease itself ends by commit, by Abandon, or by its time. Belongs to one executor.
class SlotLease {
 public:
  // All must outlive the lease.
  SlotLease(Executor* executor, TokenStore* store, const Clock* clock, SlotKey key,
            LeaseTerms terms);
  ~SlotLease();
  SlotLease(const SlotLease&) = delete;
  SlotLease& operator=(const SlotLease&) = delete;

  // Asks for the lease once, in the name of this object: an answer that was lost can be asked for again, and counts as one attempt.
  Task<absl::StatusOr<RenewalLease>> Take();
  bool held() const { return state_->fence != 0; }
  uint64_t fence() const { return state_->fence; }

  // Makes sure that a provider call that begins now ends before anybody else can hold the slot. Asks the store only when the last
  // proof is too old: this process may have been paused. ABORTED when somebody took over.
  Task<absl::Status> CoverCall();
  // The same, and written ahead that the token is presented once more.
  Task<absl::Status> CoverAnotherPresentation();

  // Frees the slot; nothing of this attempt's last presentation was sent. UNAVAILABLE: to be asked again.
  Task<absl::Status> Abandon();

  // The same for an attempt of which nothing at all was sent, also when the answer to Take was lost: asks until the store answers.
  Task<void> GiveBack();

  // The slot is not held any more: committed, or lost to somebody else. What is taken next is another attempt.
  void Forget();

 private:
  // Outlives the object while an extension is under way.
  struct State {
    Executor* executor;
    TokenStore* store;
    const Clock* clock;
    SlotKey key;
    LeaseTerms terms;
    uint64_t fence = 0;  // 0: not held
    absl::Duration proven =
        absl::ZeroDuration();  // own time since boot, before the request that proved the lease
    Executor::TimerId timer = 0;
    bool timer_set = false;
  };

  static void Schedule(const std::shared_ptr<State>& state);
  static Task<void> Extend(std::shared_ptr<State> state, uint64_t fence);

  std::string owner_;
  const std::shared_ptr<State> state_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_SLOT_LEASE_H_
