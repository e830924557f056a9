#ifndef EVERTOKEN_SERVER_BROKER_CIRCUIT_BREAKER_H_
#define EVERTOKEN_SERVER_BROKER_CIRCUIT_BREAKER_H_

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "server/broker/backoff.h"
#include "server/broker/call_outcome.h"
#include "server/broker/hold.h"

namespace evertoken {

// When to stop asking a provider that does not help, and when to try again.
//
//   closed     calls go out. So many outcomes of one kind in a row (`down`, or `client refused`): -> open.
//   open       no call goes out for a time that grows with every opening in a row. When it is over: -> half-open.
//   half-open  one call goes out at a time, the probe. It works: -> closed. It fails: -> open, for longer. It tells nothing: the next
//              call is the probe.
//
// An answer to a call that went out before the circuit last changed is not heard: it speaks of what is known already. Not thread-safe.
class CircuitBreaker {
 public:
  using Random = absl::FunctionRef<double()>;

  // What opens the circuit, and for how long.
  struct Rule {
    int in_a_row;
    BackoffRange open_for;
  };
  static constexpr Rule kDown = {5, {absl::Seconds(1), absl::Seconds(60)}};
  // More than one, because some providers answer so for a grant that belongs to another client.
  static constexpr Rule kClientRefused = {3, {absl::Seconds(10), absl::Minutes(5)}};

  // Why no call may go out.
  struct Refusal {
    bool client_refused;         // else: down
    absl::Duration retry_after;  // above zero
  };

  // A call that went out.
  struct Ticket {
    uint64_t era = 0;
    bool probe = false;
  };

  // Nullopt: a call may go out.
  std::optional<Refusal> Check(absl::Time now);

  // A call goes out; Check has allowed it.
  Ticket Begin();

  // How it ended; once for every ticket. `random` draws from [0, 1); it is asked when the circuit opens.
  void End(Ticket ticket, CallOutcome::Kind outcome, absl::Time now, Random random);

  // Open or half-open.
  bool open() const { return state_ != State::kClosed; }
  bool client_refused() const { return state_ == State::kClientRefused; }

 private:
  enum class State { kClosed, kDown, kClientRefused };

  void Open(State why, const Rule& rule, absl::Time now, Random random);
  void Close();
  void Count(CallOutcome::Kind outcome, absl::Time now, Random random);

  State state_ = State::kClosed;
  int down_in_a_row_ = 0;
  int refused_in_a_row_ = 0;
  int openings_ = 0;  // in a row, for the same cause
  bool probing_ = false;
  uint64_t era_ = 0;  // of what tickets speak: grows with every change of the state
  Hold hold_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_CIRCUIT_BREAKER_H_
