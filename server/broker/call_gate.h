#ifndef EVERTOKEN_SERVER_BROKER_CALL_GATE_H_
#define EVERTOKEN_SERVER_BROKER_CALL_GATE_H_

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/executor.h"
#include "server/base/metrics.h"
#include "server/base/one_shot.h"
#include "server/base/task.h"
#include "server/broker/call_budget.h"
#include "server/broker/call_limits.h"
#include "server/broker/call_outcome.h"
#include "server/broker/circuit_breaker.h"
#include "server/broker/hold.h"

namespace evertoken {

// What a provider is called for. Each has a circuit of its own: that profiles cannot be had stops no renewal, and a wrong client
// secret, which profile calls do without, stops no profile.
enum class ProviderCall {
  kToken,    // code redemption, renewal, revocation
  kProfile,  // profile fetch, liveness check
};

// The one way to one provider for one app; see ProviderGuard, which tells what it does and answers. Lives as long as somebody
// waits in it or holds a permit. Thread-safe: shared by all loops.
class CallGate : public std::enable_shared_from_this<CallGate> {
 public:
  struct Parts {
    std::string provider;  // for messages, metrics and log lines
    std::string app;       // for log lines
    const Clock* clock = nullptr;
    Metrics* metrics = nullptr;
    std::function<double()> random;  // draws from [0, 1); thread-safe
  };

  // Which call a permit is for.
  struct Pass {
    ProviderCall call;
    Priority priority;
    CircuitBreaker::Ticket ticket;
  };

  // The right to make one call; whoever holds it occupies a slot. One that is destroyed without a report tells nothing of the
  // provider.
  class Permit {
   public:
    Permit(Permit&&) = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit() { Report(CallOutcome()); }

    // How the call ended. Frees the slot; a second report is ignored.
    void Report(const CallOutcome& outcome) {
      if (gate_ != nullptr) std::exchange(gate_, nullptr)->Finish(pass_, outcome);
    }

   private:
    friend CallGate;
    Permit(std::shared_ptr<CallGate> gate, Pass pass) : gate_(std::move(gate)), pass_(pass) {}

    std::shared_ptr<CallGate> gate_;
    Pass pass_;
  };

  using Entry = absl::StatusOr<Permit>;

  // Made by make_shared. What `parts` points to must outlive everybody who waits or holds a permit.
  CallGate(Parts parts, const CallLimits& limits);

  void SetLimits(const CallLimits& limits);

  // Waits until `deadline` at most, and no longer than 10 s.
  static Task<Entry> Enter(std::shared_ptr<CallGate> gate, ProviderCall call, Priority priority,
                           absl::Time deadline);

 private:
  struct Waiter;
  using Queue = std::list<std::shared_ptr<Waiter>>;

  struct Waiter {
    ProviderCall call;
    Priority priority;
    absl::Time until;
    Executor* executor;  // where its coroutine lives
    OneShot<Entry>::Setter answer;
    bool queued = false;
    Queue::iterator place{};  // while it is queued
  };

  // What is done after the lock is left, because it reaches into executors.
  struct Wakeups {
    std::vector<std::pair<OneShot<Entry>::Setter, Entry>> answers;
    Executor* executor = nullptr;  // where to come back after `delay`; null: nowhere
    absl::Duration delay;
  };

  // Takes the waiter in, or answers it. True: it waits.
  bool Join(const std::shared_ptr<Waiter>& waiter);
  void GiveUp(const std::shared_ptr<Waiter>& waiter);
  void Finish(const Pass& pass, const CallOutcome& outcome);
  void GoOn();
  void Wake(Wakeups wakeups);

  // Why nobody may make this call now, whoever it is for: a pause, or an open circuit.
  absl::Status Obstacle(ProviderCall call, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Why the waiter cannot even wait: too many do, or the budget cannot serve it in time.
  absl::Status NoRoom(const Waiter& waiter, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lets everybody in for whom there is room, callers first, and turns away those who face an obstacle.
  void Advance(absl::Time now, Wakeups* wakeups) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ComeBack(Executor* executor, absl::Time now, absl::Duration delay, Wakeups* wakeups)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Leave(const std::shared_ptr<Waiter>& waiter, Entry entry, Wakeups* wakeups)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Permit Admit(const Waiter& waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Learn(const Pass& pass, const CallOutcome& outcome, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellChange(const CircuitBreaker& circuit, bool was_open);

  absl::Status Refuse(ErrorReason reason, absl::string_view label, absl::string_view what,
                      absl::Duration retry_after);
  Queue& QueueOf(Priority priority) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  CircuitBreaker& CircuitOf(ProviderCall call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Parts parts_;
  absl::Mutex mutex_;
  CallBudget budget_ ABSL_GUARDED_BY(mutex_);
  Hold pause_ ABSL_GUARDED_BY(mutex_);  // the provider's own wish
  ErrorReason pause_reason_ ABSL_GUARDED_BY(mutex_) = v1::ERROR_REASON_UNSPECIFIED;
  CircuitBreaker token_circuit_ ABSL_GUARDED_BY(mutex_);
  CircuitBreaker profile_circuit_ ABSL_GUARDED_BY(mutex_);
  Queue callers_ ABSL_GUARDED_BY(mutex_);
  Queue background_ ABSL_GUARDED_BY(mutex_);
  absl::Time comes_back_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_CALL_GATE_H_
