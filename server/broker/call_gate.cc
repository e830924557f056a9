#include "server/broker/call_gate.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"

namespace evertoken {
namespace {

constexpr absl::Duration kLongestWait = absl::Seconds(10);
constexpr absl::Duration kShortestRetry = absl::Seconds(1);
// A provider's wish is honoured so far; a mistaken header must not end its service for good.
constexpr absl::Duration kLongestPause = absl::Hours(1);
// How many wait for each slot that there is. A background call that finds no place is not lost: it stays due.
constexpr int kCallersPerSlot = 5;
constexpr int kBackgroundPerSlot = 1;

absl::string_view CauseOf(CallOutcome::Kind kind) {
  switch (kind) {
    case CallOutcome::Kind::kThrottled:
      return "throttled";
    case CallOutcome::Kind::kDown:
      return "unavailable";
    default:
      return "quota_used_up";
  }
}

}  // namespace

CallGate::CallGate(Parts parts, const CallLimits& limits)
    : parts_(std::move(parts)), budget_(limits, parts_.clock) {}

void CallGate::SetLimits(const CallLimits& limits) {
  absl::MutexLock lock(&mutex_);
  if (limits != budget_.limits()) budget_.SetLimits(limits);
}

Task<CallGate::Entry> CallGate::Enter(std::shared_ptr<CallGate> gate, ProviderCall call,
                                      Priority priority, absl::Time deadline) {
  OneShot<Entry> answer;
  Executor* const executor = Executor::Current();
  const absl::Time now = gate->parts_.clock->Now();
  const auto waiter = std::make_shared<Waiter>(
      Waiter{call, priority, std::min(deadline, now + kLongestWait), executor, answer.setter()});
  std::optional<Executor::TimerId> timer;
  if (gate->Join(waiter)) {
    timer = executor->RunAfter(waiter->until - now, [gate, waiter] { gate->GiveUp(waiter); });
  }
  Entry entry = co_await std::move(answer).Wait();
  if (timer.has_value()) executor->CancelTimer(*timer);
  co_return std::move(entry);
}

bool CallGate::Join(const std::shared_ptr<Waiter>& waiter) {
  Wakeups wakeups;
  bool waits = false;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = parts_.clock->Now();
    absl::Status refusal = Obstacle(waiter->call, now);
    if (refusal.ok()) refusal = NoRoom(*waiter, now);
    if (!refusal.ok()) {
      wakeups.answers.emplace_back(waiter->answer, std::move(refusal));
    } else {
      Queue& queue = QueueOf(waiter->priority);
      waiter->place = queue.insert(queue.end(), waiter);
      waiter->queued = true;
      parts_.metrics->AddWaitingCalls(parts_.provider, 1);
      Advance(now, &wakeups);
      waits = waiter->queued;
    }
  }
  Wake(std::move(wakeups));
  return waits;
}

void CallGate::GiveUp(const std::shared_ptr<Waiter>& waiter) {
  Wakeups wakeups;
  {
    absl::MutexLock lock(&mutex_);
    if (!waiter->queued) return;
    absl::Status refusal = Refuse(v1::ERROR_REASON_SERVER_OVERLOADED, "waited_too_long",
                                  "its turn did not come in time; try again later", kShortestRetry);
    Leave(waiter, std::move(refusal), &wakeups);
    Advance(parts_.clock->Now(), &wakeups);
  }
  Wake(std::move(wakeups));
}

void CallGate::Finish(const Pass& pass, const CallOutcome& outcome) {
  Wakeups wakeups;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = parts_.clock->Now();
    budget_.Return(pass.priority);
    Learn(pass, outcome, now);
    Advance(now, &wakeups);
  }
  Wake(std::move(wakeups));
}

void CallGate::GoOn() {
  Wakeups wakeups;
  {
    absl::MutexLock lock(&mutex_);
    comes_back_ = absl::InfinitePast();
    Advance(parts_.clock->Now(), &wakeups);
  }
  Wake(std::move(wakeups));
}

void CallGate::Wake(Wakeups wakeups) {
  for (auto& [answer, entry] : wakeups.answers) answer.Set(std::move(entry));
  if (wakeups.executor == nullptr) return;
  wakeups.executor->RunAfter(wakeups.delay, [gate = shared_from_this()] { gate->GoOn(); });
}

absl::Status CallGate::Obstacle(ProviderCall call, absl::Time now) {
  const absl::Duration pause = pause_.Remaining(now);
  if (pause > absl::ZeroDuration()) {
    return Refuse(pause_reason_, "paused", "asked not to be called for now; try again later",
                  pause);
  }
  const std::optional<CircuitBreaker::Refusal> refusal = CircuitOf(call).Check(now);
  if (!refusal.has_value()) return absl::OkStatus();
  if (refusal->client_refused) {
    return Refuse(v1::ERROR_REASON_PROVIDER_MISCONFIGURED, "client_refused",
                  "refuses our OAuth client; check the app's client id, secret and redirect URI",
                  refusal->retry_after);
  }
  return Refuse(v1::ERROR_REASON_PROVIDER_UNAVAILABLE, "circuit_open",
                "is down, slow or unreachable; it is asked again in a while", refusal->retry_after);
}

absl::Status CallGate::NoRoom(const Waiter& waiter, absl::Time now) {
  const bool caller = waiter.priority == Priority::kCaller;
  const int callers = static_cast<int>(callers_.size());
  const int background = caller ? 0 : static_cast<int>(background_.size());
  const absl::Duration wait = budget_.TimeTo(waiter.priority, callers, background);
  const absl::Duration retry = std::max(wait, kShortestRetry);
  const int places = budget_.limits().concurrent * (caller ? kCallersPerSlot : kBackgroundPerSlot);
  if ((caller ? callers : background) >= places) {
    return Refuse(v1::ERROR_REASON_SERVER_OVERLOADED, "queue_full",
                  "too many calls to it wait already; try again later", retry);
  }
  // Better told now than after a wait in vain.
  if (wait > absl::ZeroDuration() && now + wait > waiter.until) {
    return Refuse(v1::ERROR_REASON_SERVER_OVERLOADED, "no_budget",
                  "the budget of calls to it is used up; try again later", retry);
  }
  return absl::OkStatus();
}

void CallGate::Advance(absl::Time now, Wakeups* wakeups) {
  for (Queue* const queue : {&callers_, &background_}) {
    while (!queue->empty()) {
      const std::shared_ptr<Waiter> first = queue->front();
      absl::Status obstacle = Obstacle(first->call, now);
      if (!obstacle.ok()) {
        Leave(first, std::move(obstacle), wakeups);
        continue;
      }
      // Whoever ends a call comes here again. What stops a caller stops background calls too.
      if (!budget_.HasSlot(first->priority)) return;
      const absl::Duration wait = budget_.TimeTo(first->priority, 0, 0);
      if (wait > absl::ZeroDuration()) return ComeBack(first->executor, now, wait, wakeups);
      Leave(first, Admit(*first), wakeups);
    }
  }
}

void CallGate::ComeBack(Executor* executor, absl::Time now, absl::Duration delay,
                        Wakeups* wakeups) {
  const bool will = comes_back_ > now && comes_back_ <= now + delay;
  if (will) return;
  comes_back_ = now + delay;
  wakeups->executor = executor;
  wakeups->delay = delay;
}

void CallGate::Leave(const std::shared_ptr<Waiter>& waiter, Entry entry, Wakeups* wakeups) {
  waiter->queued = false;
  QueueOf(waiter->priority).erase(waiter->place);
  parts_.metrics->AddWaitingCalls(parts_.provider, -1);
  wakeups->answers.emplace_back(waiter->answer, std::move(entry));
}

CallGate::Permit CallGate::Admit(const Waiter& waiter) {
  budget_.Take(waiter.priority);
  return Permit(shared_from_this(),
                Pass{waiter.call, waiter.priority, CircuitOf(waiter.call).Begin()});
}

void CallGate::Learn(const Pass& pass, const CallOutcome& outcome, absl::Time now) {
  CircuitBreaker& circuit = CircuitOf(pass.call);
  const bool was_open = circuit.open();
  circuit.End(pass.ticket, outcome.kind, now, parts_.random);
  TellChange(circuit, was_open);
  const bool of_one_user = pass.call == ProviderCall::kProfile &&
                           budget_.limits().profile_limits_per_user &&
                           outcome.kind != CallOutcome::Kind::kDown;
  const absl::Duration pause = std::min(outcome.pause, kLongestPause);
  const absl::Duration remaining = pause_.Remaining(now);
  if (pause <= remaining || of_one_user) return;
  if (remaining <= absl::ZeroDuration())
    parts_.metrics->CountProviderPause(parts_.provider, CauseOf(outcome.kind));
  pause_.Extend(now, pause);
  pause_reason_ = outcome.kind == CallOutcome::Kind::kDown ? v1::ERROR_REASON_PROVIDER_UNAVAILABLE
                                                           : v1::ERROR_REASON_PROVIDER_RATE_LIMITED;
}

void CallGate::TellChange(const CircuitBreaker& circuit, bool was_open) {
  if (circuit.open() == was_open) return;
  parts_.metrics->AddOpenCircuits(parts_.provider, was_open ? -1 : 1);
  if (was_open) {
    Log(LogLevel::kInfo, "provider_circuit_closed",
        {{"provider", parts_.provider}, {"app", parts_.app}});
  } else {
    const bool refused = circuit.client_refused();
    Log(refused ? LogLevel::kError : LogLevel::kWarn, "provider_circuit_opened",
        {{"provider", parts_.provider},
         {"app", parts_.app},
         {"cause", refused ? "client_refused" : "down"}});
  }
}

absl::Status CallGate::Refuse(ErrorReason reason, absl::string_view label, absl::string_view what,
                              absl::Duration retry_after) {
  parts_.metrics->CountProviderRefusal(parts_.provider, label);
  return WithRetryAfter(MakeError(reason, absl::StrCat("provider ", parts_.provider, ": ", what)),
                        retry_after);
}

CallGate::Queue& CallGate::QueueOf(Priority priority) {
  return priority == Priority::kCaller ? callers_ : background_;
}

CircuitBreaker& CallGate::CircuitOf(ProviderCall call) {
  return call == ProviderCall::kToken ? token_circuit_ : profile_circuit_;
}

}  // namespace evertoken
