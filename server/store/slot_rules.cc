#include "server/store/slot_rules.h"

#include <algorithm>
#include <utility>

namespace evertoken {
namespace {

bool IsCurrent(const GrantState& state, uint64_t fence) {
  return state.owner.has_value() && state.fence == fence;
}

// The slot with an open attempt of so many lost answers.
GrantSlot WithLostAnswers(const GrantState& state, int lost_answers, absl::Time now) {
  GrantSlot slot;
  slot.app = state.app;
  slot.record = state.record;
  slot.version = state.version;
  if (lost_answers == 0) return slot;
  slot.open_attempt = OpenAttempt{AttemptAge(now - state.attempt_time), lost_answers};
  return slot;
}

uint64_t Replace(GrantState* state, GrantWrite write, absl::Time now) {
  state->app = std::move(write.app);
  state->record = std::move(write.record);
  state->deadline = now + StorableDuration(write.ttl);
  state->due.reset();
  if (write.due_in.has_value()) state->due = now + DueDuration(*write.due_in);
  return state->version += write.version_step;
}

void SetLease(GrantState* state, absl::Duration duration, absl::Time now) {
  state->lease_end = now + StorableDuration(duration);
  state->due = state->lease_end;
}

}  // namespace

GrantState NewGrant(GrantWrite write, absl::Time now) {
  GrantState state;
  Replace(&state, std::move(write), now);
  return state;
}

GrantSlot SlotOf(const GrantState& state, absl::Time now) {
  GrantSlot slot = WithLostAnswers(state, state.lost_answers, now);
  if (state.owner.has_value())
    slot.held_for = std::max(state.lease_end - now, absl::ZeroDuration());
  return slot;
}

absl::StatusOr<uint64_t> WriteGrant(GrantState* state, uint64_t expected_version, GrantWrite write,
                                    absl::Time now) {
  if (state->version != expected_version) return OtherVersion();
  const std::optional<absl::Time> due = state->lost_answers > 0 ? state->due : std::nullopt;
  Replace(state, std::move(write), now);
  if (due.has_value()) state->due = std::min(*due, state->due.value_or(absl::InfiniteFuture()));
  return state->version;
}

RenewalLease BeginRenewal(GrantState* state, std::string owner, absl::Duration duration,
                          absl::Time now) {
  RenewalLease lease;
  const bool is_holder = state->owner == owner;
  if (state->owner.has_value() && !is_holder && state->lease_end > now) {
    lease.slot = SlotOf(*state, now);
    return lease;
  }
  if (!is_holder) {
    state->owner = std::move(owner);
    state->found_answers = state->lost_answers;
    ++state->fence;
    if (state->lost_answers++ == 0) state->attempt_time = now;
  }
  SetLease(state, duration, now);
  lease.acquired = true;
  lease.fence = state->fence;
  lease.slot = WithLostAnswers(*state, state->found_answers, now);
  return lease;
}

absl::Status ExtendLease(GrantState* state, uint64_t fence, absl::Duration duration,
                         absl::Time now) {
  if (!IsCurrent(*state, fence)) return FenceNotCurrent();
  SetLease(state, duration, now);
  return absl::OkStatus();
}

absl::Status PresentAgain(GrantState* state, uint64_t fence, absl::Duration duration,
                          absl::Time now) {
  const absl::Status extended = ExtendLease(state, fence, duration, now);
  if (extended.ok()) ++state->lost_answers;
  return extended;
}

absl::StatusOr<uint64_t> CommitRenewal(GrantState* state, uint64_t fence, uint64_t expected_version,
                                       int lost_answers, GrantWrite write, absl::Time now) {
  if (!IsCurrent(*state, fence)) return FenceNotCurrent();
  if (state->version != expected_version) return OtherVersion();
  state->owner.reset();
  state->lost_answers = lost_answers;
  return Replace(state, std::move(write), now);
}

absl::Status AbandonRenewal(GrantState* state, uint64_t fence) {
  if (!IsCurrent(*state, fence)) return FenceNotCurrent();
  state->owner.reset();
  --state->lost_answers;
  return absl::OkStatus();
}

TicketState NewTicket(std::string owner, std::string record, absl::Duration ttl, absl::Time now) {
  return {std::move(owner), std::move(record), false, now + StorableDuration(ttl)};
}

absl::StatusOr<Ticket> SpendTicket(TicketState* state, absl::string_view owner,
                                   absl::Duration replay_window, absl::Time now) {
  if (state->owner != owner) return NoSuchTicket();
  const bool replayed = std::exchange(state->spent, true);
  if (!replayed) {
    state->deadline =
        replay_window <= absl::ZeroDuration() ? now : now + StorableDuration(replay_window);
  }
  return Ticket{state->record, replayed};
}

absl::Duration StorableDuration(absl::Duration duration) {
  return std::clamp(duration, absl::Milliseconds(1), absl::Hours(24 * 36500));
}

absl::Duration AttemptAge(absl::Duration age) {
  return age < absl::ZeroDuration() ? absl::InfiniteDuration() : age;
}

absl::Duration DueDuration(absl::Duration due_in) {
  return std::clamp(due_in, absl::ZeroDuration(), absl::Hours(24 * 365));
}

absl::Status NoSuchGrant() { return absl::NotFoundError("there is no such grant"); }
absl::Status NoSuchTicket() { return absl::NotFoundError("there is no such ticket"); }
absl::Status SlotInUse() { return absl::AlreadyExistsError("the slot is in use"); }
absl::Status OtherVersion() { return absl::AbortedError("the grant was written by somebody else"); }
absl::Status FenceNotCurrent() {
  return absl::AbortedError("the renewal was taken over or is over");
}

}  // namespace evertoken
