#include "server/http/lazy_timer.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "absl/synchronization/notification.h"
#include "server/base/event_loop.h"

namespace evertoken {
namespace {

class LazyTimerTest : public testing::Test {
 protected:
  ~LazyTimerTest() override {
    RunOnLoop([this] { timer_.reset(); });
  }

  void RunOnLoop(std::function<void()> work) {
    absl::Notification done;
    loop_.Post([&] {
      work();
      done.Notify();
    });
    done.WaitForNotification();
  }

  // On the loop.
  void Make(std::function<void()> on_time) {
    timer_ = std::make_unique<LazyTimer>(&loop_, std::move(on_time));
  }

  EventLoop loop_{"test"};
  std::unique_ptr<LazyTimer> timer_;
};

TEST_F(LazyTimerTest, FiresOnce) {
  absl::Notification fired;  // a second Notify would crash
  RunOnLoop([&] {
    Make([&] { fired.Notify(); });
    timer_->Set(absl::Milliseconds(1));
  });
  fired.WaitForNotification();
}

TEST_F(LazyTimerTest, AnEarlierSettingCounts) {
  absl::Notification fired;
  RunOnLoop([&] {
    Make([&] { fired.Notify(); });
    timer_->Set(absl::Hours(1));
    timer_->Set(absl::Milliseconds(1));
  });
  fired.WaitForNotification();
}

TEST_F(LazyTimerTest, ALaterSettingCounts) {
  absl::Notification later;
  RunOnLoop([&] {
    Make([] { FAIL(); });
    timer_->Set(absl::Milliseconds(1));
    timer_->Set(absl::Hours(1));
    loop_.RunAfter(absl::Milliseconds(20), [&] { later.Notify(); });
  });
  later.WaitForNotification();
}

TEST_F(LazyTimerTest, CanBeSetAgainInsideItsCall) {
  absl::Notification fired_twice;
  int times = 0;
  RunOnLoop([&] {
    Make([&] {
      if (++times == 2) return fired_twice.Notify();
      timer_->Set(absl::ZeroDuration());
    });
    timer_->Set(absl::ZeroDuration());
  });
  fired_twice.WaitForNotification();
}

TEST_F(LazyTimerTest, ACancelledOneDoesNotFire) {
  absl::Notification later;
  RunOnLoop([&] {
    Make([] { FAIL(); });
    timer_->Set(absl::Milliseconds(1));
    timer_->Cancel();
    loop_.RunAfter(absl::Milliseconds(20), [&] { later.Notify(); });
  });
  later.WaitForNotification();
}

}  // namespace
}  // namespace evertoken
