// The guard on several loops at once; worth most under the thread sanitizer.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/event_loop.h"
#include "server/broker/provider_guard.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

constexpr int kLoops = 4;
constexpr int kChains = 30;  // on each loop
constexpr int kCalls = 50;   // of each chain, one after another
constexpr int kSlots = 8;

struct Shared {
  ProviderGuard* guard;
  config::v1::App app;
  ProviderBinding binding;
  absl::Time deadline;
  std::atomic<int> in_flight{0};
  std::atomic<int> most{0};
  std::atomic<int> admitted{0};
  std::atomic<int> on_foreign_loop{0};
};

void NoteMost(Shared* shared, int now) {
  int most = shared->most.load();
  while (most < now && !shared->most.compare_exchange_weak(most, now)) {
  }
}

// Gives the number of calls that were refused.
Task<int> MakeCalls(Shared* shared, Executor* home, Priority priority) {
  int refused = 0;
  for (int i = 0; i < kCalls; ++i) {
    absl::StatusOr<ProviderGuard::Permit> permit = co_await shared->guard->Admit(
        shared->app, shared->binding, ProviderCall::kToken, priority, shared->deadline);
    if (Executor::Current() != home) ++shared->on_foreign_loop;
    if (!permit.ok()) {
      ++refused;
      continue;
    }
    ++shared->admitted;
    NoteMost(shared, ++shared->in_flight);
    const absl::Duration no_time = absl::ZeroDuration();
    co_await Delay(no_time);
    --shared->in_flight;
    // Some are lost without a report.
    if (i % 3 != 0) permit->Report(CallOutcome{CallOutcome::Kind::kWorks, no_time});
  }
  co_return refused;
}

Task<void> Collect(Shared* shared, Executor* home, Priority priority, std::atomic<int>* refused,
                   std::atomic<int>* running, absl::Notification* done) {
  const int count = co_await MakeCalls(shared, home, priority);
  *refused += count;
  if (--*running == 0) done->Notify();
}

TEST(ProviderGuardThreadsTest, LoopsShareTheSlotsOfAGate) {
  FakeClock clock;
  Metrics metrics;
  ProviderGuard guard({&clock, &metrics, [] { return 0.5; }});
  config::v1::Provider entry;
  entry.mutable_limits()->set_concurrent_calls(kSlots);
  const config::v1::ProviderClient client;
  Shared shared;
  shared.guard = &guard;
  shared.app.set_key("shop");
  shared.binding = {"acme", std::make_shared<config::v1::Provider>(entry), &client, nullptr};
  shared.deadline = clock.Now() + absl::Seconds(10);

  std::vector<std::unique_ptr<EventLoop>> loops;
  for (int i = 0; i < kLoops; ++i) loops.push_back(std::make_unique<EventLoop>("test"));
  std::atomic<int> refused{0};
  std::atomic<int> running{kLoops * kChains};
  absl::Notification done;
  for (int i = 0; i < kLoops * kChains; ++i) {
    Executor* const home = loops[i % kLoops].get();
    const Priority priority = i % 5 == 0 ? Priority::kBackground : Priority::kCaller;
    Spawn(home, Collect(&shared, home, priority, &refused, &running, &done));
  }
  await_on_internal::WaitOrDie(&done);

  EXPECT_EQ(shared.admitted + refused, kLoops * kChains * kCalls);
  EXPECT_GT(shared.admitted, 0);
  EXPECT_LE(shared.most, kSlots);
  EXPECT_EQ(shared.in_flight, 0);
  EXPECT_EQ(shared.on_foreign_loop, 0);
  // No slot was lost on the way: as many as ever can be taken.
  std::vector<absl::StatusOr<ProviderGuard::Permit>> permits;
  for (int i = 0; i < kSlots; ++i) {
    permits.push_back(
        AwaitOn(loops[0].get(), guard.Admit(shared.app, shared.binding, ProviderCall::kToken,
                                            Priority::kCaller, shared.deadline)));
    EXPECT_TRUE(permits.back().ok());
  }
}

}  // namespace
}  // namespace evertoken
