#include "server/broker/circuit_breaker.h"

#include <algorithm>

namespace evertoken {
namespace {

using Kind = CallOutcome::Kind;

// What whoever comes while a probe is under way is told: it will be back soon, or open the circuit anew.
constexpr absl::Duration kProbeWait = absl::Seconds(1);

}  // namespace

std::optional<CircuitBreaker::Refusal> CircuitBreaker::Check(absl::Time now) {
  if (state_ == State::kClosed) return std::nullopt;
  const absl::Duration remaining = hold_.Remaining(now);
  if (remaining <= absl::ZeroDuration() && !probing_) return std::nullopt;
  return Refusal{client_refused(), std::max(remaining, probing_ ? kProbeWait : remaining)};
}

CircuitBreaker::Ticket CircuitBreaker::Begin() {
  Ticket ticket;
  ticket.era = era_;
  ticket.probe = open();
  if (ticket.probe) probing_ = true;
  return ticket;
}

void CircuitBreaker::End(Ticket ticket, Kind outcome, absl::Time now, Random random) {
  if (ticket.era != era_) return;
  if (!ticket.probe) return Count(outcome, now, random);
  probing_ = false;
  switch (outcome) {
    case Kind::kDown:
      return Open(State::kDown, kDown, now, random);
    case Kind::kClientRefused:
      return Open(State::kClientRefused, kClientRefused, now, random);
    case Kind::kNothingLearnt:
      return;
    default:
      return Close();
  }
}

void CircuitBreaker::Count(Kind outcome, absl::Time now, Random random) {
  switch (outcome) {
    case Kind::kNothingLearnt:
      return;
    case Kind::kDown:
      if (++down_in_a_row_ >= kDown.in_a_row) Open(State::kDown, kDown, now, random);
      return;
    case Kind::kClientRefused:
      down_in_a_row_ = 0;  // it answers
      if (++refused_in_a_row_ >= kClientRefused.in_a_row)
        Open(State::kClientRefused, kClientRefused, now, random);
      return;
    default:
      down_in_a_row_ = 0;
      refused_in_a_row_ = 0;
  }
}

void CircuitBreaker::Open(State why, const Rule& rule, absl::Time now, Random random) {
  openings_ = why == state_ ? openings_ + 1 : 1;
  state_ = why;
  ++era_;
  hold_.End();
  hold_.Extend(now, Backoff(rule.open_for, openings_, random()));
}

void CircuitBreaker::Close() {
  state_ = State::kClosed;
  ++era_;
  down_in_a_row_ = 0;
  refused_in_a_row_ = 0;
}

}  // namespace evertoken
