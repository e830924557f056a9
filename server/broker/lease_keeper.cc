#include "server/broker/lease_keeper.h"

#include <utility>

namespace evertoken {

LeaseKeeper::LeaseKeeper(Executor* executor, TokenStore* store, SlotKey key, uint64_t fence,
                         absl::Duration length)
    : state_(std::make_shared<State>(State{executor, store, std::move(key), fence, length})) {
  Schedule(state_);
}

LeaseKeeper::~LeaseKeeper() {
  state_->stopped = true;
  state_->executor->CancelTimer(state_->timer);
}

void LeaseKeeper::Schedule(const std::shared_ptr<State>& state) {
  state->timer = state->executor->RunAfter(state->length / 3,
                                           [state] { Spawn(state->executor, Extend(state)); });
}

Task<void> LeaseKeeper::Extend(std::shared_ptr<State> state) {
  if (state->stopped) co_return;
  absl::Status extended =
      co_await state->store->ExtendLease(state->key, state->fence, state->length);
  const bool lost = absl::IsAborted(extended);
  if (!state->stopped && !lost) Schedule(state);
}

}  // namespace evertoken
