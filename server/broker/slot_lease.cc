#include "server/broker/slot_lease.h"

#include <algorithm>
#include <utility>

#include "server/base/ids.h"
#include "server/base/one_shot.h"

namespace evertoken {
namespace {

// Between questions to a store that is away.
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

}  // namespace

SlotLease::SlotLease(Executor* executor, TokenStore* store, const Clock* clock, SlotKey key,
                     LeaseTerms terms)
    : owner_(RandomToken(16)),
      state_(std::make_shared<State>(State{executor, store, clock, std::move(key), terms})) {}

SlotLease::~SlotLease() { Forget(); }

Task<absl::StatusOr<RenewalLease>> SlotLease::Take() {
  const absl::Duration asked = state_->clock->SinceBoot();
  absl::StatusOr<RenewalLease> lease =
      co_await state_->store->BeginRenewal(state_->key, owner_, state_->terms.length);
  if (!lease.ok() || !lease->acquired) co_return lease;
  state_->fence = lease->fence;
  state_->proven = asked;
  if (!state_->timer_set) Schedule(state_);
  co_return lease;
}

Task<absl::Status> SlotLease::CoverCall() {
  const absl::Duration now = state_->clock->SinceBoot();
  const absl::Duration ends = state_->proven + state_->terms.length;
  if (now + state_->terms.provider_call <= ends) co_return absl::OkStatus();
  absl::Status extended =
      co_await state_->store->ExtendLease(state_->key, state_->fence, state_->terms.length);
  if (extended.ok()) state_->proven = now;
  co_return extended;
}

Task<absl::Status> SlotLease::CoverAnotherPresentation() {
  const absl::Duration now = state_->clock->SinceBoot();
  absl::Status written =
      co_await state_->store->PresentAgain(state_->key, state_->fence, state_->terms.length);
  if (written.ok()) state_->proven = now;
  co_return written;
}

Task<absl::Status> SlotLease::Abandon() {
  absl::Status abandoned = co_await state_->store->AbandonRenewal(state_->key, state_->fence);
  if (abandoned.ok() || absl::IsAborted(abandoned)) Forget();
  co_return abandoned;
}

Task<void> SlotLease::GiveBack() {
  for (absl::Duration pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    // An attempt that may have been begun can only be ended by its fence.
    absl::Status answered;
    if (!held()) {
      absl::StatusOr<RenewalLease> lease = co_await Take();
      answered = lease.status();
    }
    if (answered.ok() && held()) answered = co_await Abandon();
    if (!absl::IsUnavailable(answered)) break;
    co_await Delay(pause);
  }
  Forget();
}

void SlotLease::Forget() {
  state_->fence = 0;
  owner_ = RandomToken(16);
  if (state_->timer_set) state_->executor->CancelTimer(state_->timer);
  state_->timer_set = false;
}

void SlotLease::Schedule(const std::shared_ptr<State>& state) {
  state->timer_set = true;
  state->timer = state->executor->RunAfter(
      state->terms.length / 3, [state] { Spawn(state->executor, Extend(state, state->fence)); });
}

Task<void> SlotLease::Extend(std::shared_ptr<State> state, uint64_t fence) {
  if (state->fence != fence) co_return;
  const absl::Duration asked = state->clock->SinceBoot();
  absl::Status extended =
      co_await state->store->ExtendLease(state->key, fence, state->terms.length);
  // Freed meanwhile, and perhaps taken anew.
  if (state->fence != fence) co_return;
  if (extended.ok()) state->proven = std::max(state->proven, asked);
  // Somebody took over: what comes next finds out.
  if (!absl::IsAborted(extended)) Schedule(state);
}

}  // namespace evertoken
