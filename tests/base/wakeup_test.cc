#include "server/base/wakeup.h"

#include <gtest/gtest.h>

#include "server/base/task.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"

namespace evertoken {
namespace {

class WakeupTest : public testing::Test {
 protected:
  static Task<void> CountSignals(Wakeup* wakeup, int* count) {
    while (*count < 2) {
      co_await wakeup->Wait();
      ++*count;
    }
  }
  void Signal() {
    executor_.Post([this] { wakeup_.Signal(); });
    executor_.RunUntilIdle();
  }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  Wakeup wakeup_;
  int count_ = 0;
};

TEST_F(WakeupTest, EachSignalResumesTheWaiter) {
  Spawn(&executor_, CountSignals(&wakeup_, &count_));
  executor_.RunUntilIdle();
  EXPECT_EQ(count_, 0);
  Signal();
  EXPECT_EQ(count_, 1);
  Signal();
  EXPECT_EQ(count_, 2);
}

TEST_F(WakeupTest, SignalsBeforeTheWaitAreRememberedAsOne) {
  Signal();
  Signal();
  Spawn(&executor_, CountSignals(&wakeup_, &count_));
  executor_.RunUntilIdle();
  EXPECT_EQ(count_, 1);
  Signal();
  EXPECT_EQ(count_, 2);
}

}  // namespace
}  // namespace evertoken
