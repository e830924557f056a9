#include "server/base/event_loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/await_on.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;

TEST(EventLoopTest, RunsClosuresInOrderOfPostAndNeverInsideIt) {
  EventLoop loop("test");
  std::vector<int> ran;
  absl::Notification done;
  loop.Post([&] {
    loop.Post([&] { ran.push_back(2); });
    loop.Post([&] {
      ran.push_back(3);
      done.Notify();
    });
    ran.push_back(1);
  });
  done.WaitForNotification();
  EXPECT_THAT(ran, ElementsAre(1, 2, 3));
}

TEST(EventLoopTest, KeepsTheOrderOfEachPostingThread) {
  EventLoop loop("test");
  constexpr int kPosts = 5000;
  std::vector<int> next(4, 0);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&loop, &next, thread] {
      for (int i = 0; i < kPosts; ++i) {
        loop.Post([&next, thread, i] {
          EXPECT_EQ(next[thread], i);
          ++next[thread];
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  RunOn(&loop, [] {});
  EXPECT_THAT(next, ElementsAre(kPosts, kPosts, kPosts, kPosts));
}

TEST(EventLoopTest, IsCurrentWhileItRunsAClosure) {
  EventLoop loop("test");
  EXPECT_EQ(Executor::Current(), nullptr);
  RunOn(&loop, [&loop] { EXPECT_EQ(Executor::Current(), &loop); });
  absl::Notification fired;
  loop.RunAfter(absl::ZeroDuration(), [&] {
    EXPECT_EQ(Executor::Current(), &loop);
    fired.Notify();
  });
  fired.WaitForNotification();
}

TEST(EventLoopTest, FiresTimersInOrderOfTheirTime) {
  EventLoop loop("test");
  std::vector<int> fired;
  absl::Notification done;
  RunOn(&loop, [&] {
    loop.RunAfter(absl::Milliseconds(20), [&] {
      fired.push_back(20);
      done.Notify();
    });
    loop.RunAfter(absl::Milliseconds(10), [&] { fired.push_back(10); });
    loop.RunAfter(-absl::Hours(1), [&] { fired.push_back(0); });
    loop.RunAfter(absl::InfiniteDuration(), [&] { fired.push_back(-1); });
  });
  done.WaitForNotification();
  EXPECT_THAT(fired, ElementsAre(0, 10, 20));
}

TEST(EventLoopTest, CancelledTimersDoNotFireEvenWhenTheirTimeHasCome) {
  EventLoop loop("test");
  bool fired = false;
  absl::Notification done;
  RunOn(&loop, [&] {
    // Both fall due together, so the second has expired already when the first cancels it.
    auto second = std::make_shared<Executor::TimerId>();
    loop.RunAfter(absl::ZeroDuration(), [&loop, second] { loop.CancelTimer(*second); });
    *second = loop.RunAfter(absl::ZeroDuration(), [&fired] { fired = true; });
    loop.RunAfter(absl::Milliseconds(5), [&done] { done.Notify(); });
    loop.CancelTimer(987654);
  });
  done.WaitForNotification();
  EXPECT_FALSE(fired);
}

TEST(EventLoopTest, StopDropsWhatIsQueuedAndFreesIt) {
  auto held = std::make_shared<int>(1);
  std::atomic<bool> ran{false};
  {
    EventLoop loop("test");
    absl::Notification running;
    absl::Notification go_on;
    loop.Post([&] {
      running.Notify();
      go_on.WaitForNotification();
    });
    running.WaitForNotification();
    loop.Post([held, &ran] { ran = true; });
    loop.RunAfter(absl::Hours(1), [held, &ran] { ran = true; });
    std::thread stopper([&loop] { loop.Stop(); });
    while (!loop.io_context().stopped()) std::this_thread::yield();
    go_on.Notify();
    stopper.join();
    loop.Post([held, &ran] { ran = true; });
  }
  EXPECT_FALSE(ran);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(EventLoopTest, DestructionStops) {
  for (int i = 0; i < 100; ++i) {
    EventLoop loop("test");
    loop.Post([] {});
    loop.RunAfter(absl::ZeroDuration(), [] {});
  }
}

TEST(EventLoopTest, WritingToAClosedSocketIsAnErrorNotASignal) {
  EventLoop loop("test");
  RunOn(&loop, [] {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    close(ends[1]);
    EXPECT_EQ(write(ends[0], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
    close(ends[0]);
  });
}

}  // namespace
}  // namespace evertoken
