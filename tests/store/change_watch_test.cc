#include "server/store/change_watch.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"

namespace evertoken {
namespace {

Task<bool> Wait(ChangeWatch* watch, std::string name, absl::Duration at_most) {
  co_await watch->Await(std::move(name), at_most);
  co_return true;
}

class ChangeWatchTest : public testing::Test {
 protected:
  using Waiter = std::shared_ptr<std::optional<bool>>;

  // Nobody is left waiting.
  ~ChangeWatchTest() override {
    watch_.NotifyAll();
    executor_.RunUntilIdle();
  }

  Waiter Start(const std::string& name, absl::Duration at_most = absl::Minutes(5)) {
    Waiter waiter = executor_.Start(Wait(&watch_, name, at_most));
    executor_.RunUntilIdle();
    return waiter;
  }
  bool Ended(const Waiter& waiter) {
    executor_.RunUntilIdle();
    return waiter->has_value();
  }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  ChangeWatch watch_;
};

TEST_F(ChangeWatchTest, OnlyWhoWaitsForTheNameIsWoken) {
  const Waiter one = Start("one");
  const Waiter again = Start("one");
  const Waiter two = Start("two");
  EXPECT_EQ(watch_.waiting(), 3u);
  watch_.Notify("one");
  EXPECT_TRUE(Ended(one));
  EXPECT_TRUE(Ended(again));
  EXPECT_FALSE(Ended(two));
  EXPECT_EQ(watch_.waiting(), 1u);
  watch_.Notify("two");
  EXPECT_TRUE(Ended(two));
  EXPECT_EQ(executor_.pending_timers(), 0u);
}

TEST_F(ChangeWatchTest, WaitEndsInTime) {
  const Waiter waiter = Start("one", absl::Seconds(10));
  const Waiter patient = Start("one", absl::Seconds(20));
  executor_.Advance(absl::Seconds(9));
  EXPECT_FALSE(Ended(waiter));
  executor_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Ended(waiter));
  EXPECT_FALSE(Ended(patient));
  EXPECT_EQ(watch_.waiting(), 1u);
  watch_.Notify("one");
  EXPECT_TRUE(Ended(patient));
}

TEST_F(ChangeWatchTest, EverybodyIsWoken) {
  const Waiter one = Start("one");
  const Waiter two = Start("two");
  watch_.NotifyAll();
  EXPECT_TRUE(Ended(one));
  EXPECT_TRUE(Ended(two));
  EXPECT_EQ(watch_.waiting(), 0u);
}

TEST_F(ChangeWatchTest, ChangeThatNobodyWaitedForIsToldOnce) {
  watch_.Notify("one");
  EXPECT_TRUE(Ended(Start("one")));
  EXPECT_FALSE(Ended(Start("one")));
  EXPECT_FALSE(Ended(Start("two")));
  watch_.Notify("one");
  // It was told to who waited.
  EXPECT_FALSE(Ended(Start("one")));
}

TEST_F(ChangeWatchTest, OnlySoManyChangesAreRemembered) {
  for (int i = 0; i < 20000; ++i) watch_.Notify(absl::StrCat(i));
  int told = 0;
  for (int i = 0; i < 20000; ++i) told += Ended(Start(absl::StrCat(i))) ? 1 : 0;
  EXPECT_GT(told, 0);
  EXPECT_LE(told, 1024);
}

TEST_F(ChangeWatchTest, WaitersMayOutliveTheWatch) {
  auto watch = std::make_unique<ChangeWatch>();
  const Waiter waiter = executor_.Start(Wait(watch.get(), "one", absl::Seconds(1)));
  executor_.RunUntilIdle();
  watch.reset();
  executor_.Advance(absl::Seconds(2));
  EXPECT_TRUE(Ended(waiter));
}

}  // namespace
}  // namespace evertoken
