#ifndef EVERTOKEN_SERVER_BROKER_LEASE_KEEPER_H_
#define EVERTOKEN_SERVER_BROKER_LEASE_KEEPER_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "server/base/executor.h"
#include "server/base/task.h"
#include "server/store/token_store.h"

namespace evertoken {

// Keeps a renewal lease from running out for as long as it exists, however long the provider takes: extends it every third of its
// length. A store that does not answer is asked again at the next third; a lease that was lost is not asked for again (the
// commit will find out). Belongs to one executor, which must outlive it.
class LeaseKeeper {
 public:
  LeaseKeeper(Executor* executor, TokenStore* store, SlotKey key, uint64_t fence,
              absl::Duration length);
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

 private:
  // Outlives the keeper while an extension is under way.
  struct State {
    Executor* executor;
    TokenStore* store;
    SlotKey key;
    uint64_t fence;
    absl::Duration length;
    Executor::TimerId timer = 0;
    bool stopped = false;
  };

  static void Schedule(const std::shared_ptr<State>& state);
  static Task<void> Extend(std::shared_ptr<State> state);

  const std::shared_ptr<State> state_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_LEASE_KEEPER_H_
