#ifndef EVERTOKEN_TESTS_BROKER_GUARD_FIXTURE_H_
#define EVERTOKEN_TESTS_BROKER_GUARD_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/metrics.h"
#include "server/broker/provider_guard.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"

namespace evertoken {

// A call on its way through the guard.
class GuardedCall {
 public:
  using Entry = absl::StatusOr<ProviderGuard::Permit>;

  explicit GuardedCall(std::shared_ptr<std::optional<Entry>> entry) : entry_(std::move(entry)) {}

  bool waits() const { return !entry_->has_value(); }
  bool admitted() const { return !waits() && (*entry_)->ok(); }
  absl::Status status() const {
    return waits() ? absl::UnknownError("waits") : (*entry_)->status();
  }
  ErrorReason refusal() const { return ReasonOf(status()); }
  absl::Duration retry_after() const {
    return RetryAfterOf(status()).value_or(absl::ZeroDuration());
  }

  // Ends a call that was admitted.
  void Report(CallOutcome::Kind kind, absl::Duration pause = absl::ZeroDuration()) {
    ASSERT_TRUE(admitted()) << status();
    (*entry_)->value().Report(CallOutcome{kind, pause});
  }
  // The permit goes without a report.
  void Drop() { entry_->reset(); }

 private:
  std::shared_ptr<std::optional<Entry>> entry_;
};

// A guard in virtual time; what a test does not set has no bound.
class GuardFixture : public ::testing::Test {
 protected:
  // Whoever still waits gives up, so that its coroutine is freed.
  ~GuardFixture() override { executor.Advance(absl::Minutes(1)); }

  // What the providers bear.
  config::v1::Provider::Limits* limits() { return entry.mutable_limits(); }

  struct Target {
    ProviderCall call = ProviderCall::kToken;
    Priority priority = Priority::kCaller;
    absl::Duration patience = absl::Seconds(5);
    std::string provider = "acme";
    std::string app = "shop";
  };

  // Asks for a permit and lets everything happen that can happen now.
  GuardedCall Enter(Target target) { return EnterOn(&executor, target); }
  GuardedCall Enter() { return Enter(Target()); }
  GuardedCall EnterOn(ManualExecutor* on, Target target) {
    config::v1::App caller;
    caller.set_key(target.app);
    const ProviderBinding binding = {target.provider, std::make_shared<config::v1::Provider>(entry),
                                     &client, nullptr};
    GuardedCall call(on->Start(
        guard.Admit(caller, binding, target.call, target.priority, clock.Now() + target.patience)));
    on->RunUntilIdle();
    return call;
  }

  // Calls one after another that end so.
  void CallTimes(int times, CallOutcome::Kind kind, Target target) {
    for (int i = 0; i < times; ++i) Enter(target).Report(kind);
    executor.RunUntilIdle();
  }
  void CallTimes(int times, CallOutcome::Kind kind) { CallTimes(times, kind, Target()); }

  FakeClock clock;
  ManualExecutor executor{&clock};
  Metrics metrics;
  double random = 0;
  ProviderGuard guard{{&clock, &metrics, [this] { return random; }}};
  config::v1::Provider entry;
  config::v1::ProviderClient client;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_BROKER_GUARD_FIXTURE_H_
