#include "server/base/one_shot.h"

#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/event_loop.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/manual_executor.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

class OneShotTest : public testing::Test {
 protected:
  FakeClock clock_;
  ManualExecutor executor_{&clock_};
};

using Value = std::shared_ptr<int>;

Task<Value> WaitFor(OneShot<Value> answer) {
  Value value = co_await std::move(answer).Wait();
  co_return value;
}

TEST_F(OneShotTest, GivesAValueThatCameBefore) {
  OneShot<Value> answer;
  answer.setter().Set(std::make_shared<int>(7));
  EXPECT_EQ(*executor_.Await(WaitFor(std::move(answer))), 7);
}

TEST_F(OneShotTest, GivesAValueThatComesLaterAndNeverInsideSet) {
  OneShot<Value> answer;
  OneShot<Value>::Setter setter = answer.setter();
  const auto result = executor_.Start(WaitFor(std::move(answer)));
  executor_.RunUntilIdle();
  setter.Set(std::make_shared<int>(7));
  EXPECT_FALSE(result->has_value());
  executor_.RunUntilIdle();
  ASSERT_TRUE(result->has_value());
  EXPECT_EQ(***result, 7);
}

TEST_F(OneShotTest, KeepsNothingAfterwards) {
  std::weak_ptr<int> trace;
  {
    OneShot<Value> answer;
    OneShot<Value>::Setter setter = answer.setter();
    const auto result = executor_.Start(WaitFor(std::move(answer)));
    executor_.RunUntilIdle();
    Value value = std::make_shared<int>(7);
    trace = value;
    setter.Set(std::move(value));
    executor_.RunUntilIdle();
    EXPECT_EQ(trace.use_count(), 1);  // the result's
  }
  EXPECT_TRUE(trace.expired());
}

Task<int> AskThread(std::vector<std::thread>* threads) {
  OneShot<int> answer;
  auto setter = answer.setter();
  threads->emplace_back([setter = std::move(setter)]() mutable { setter.Set(1); });
  int value = co_await std::move(answer).Wait();
  EXPECT_NE(Executor::Current(), nullptr);
  co_return value;
}

Task<int> AskManyThreads(int count) {
  std::vector<std::thread> threads;
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    int one = co_await AskThread(&threads);
    sum += one;
  }
  for (std::thread& thread : threads) thread.join();
  co_return sum;
}

TEST(OneShotThreadTest, SetAndWaitMayRace) {
  EventLoop loop("test");
  EXPECT_EQ(AwaitOn(&loop, AskManyThreads(2000)), 2000);
}

Task<int> WaitForBroadcast(Broadcast<int> broadcast) {
  int value = co_await broadcast.Wait();
  co_return value;
}

Task<void> SetBroadcast(Broadcast<int> broadcast, int value) {
  broadcast.Set(value);
  co_return;
}

TEST_F(OneShotTest, BroadcastReachesAllWaitersInOrderAndLateOnes) {
  Broadcast<int> broadcast;
  EXPECT_FALSE(broadcast.is_set());
  const auto first = executor_.Start(WaitForBroadcast(broadcast));
  const auto second = executor_.Start(WaitForBroadcast(broadcast));
  executor_.RunUntilIdle();
  EXPECT_FALSE(first->has_value());

  executor_.Await(SetBroadcast(broadcast, 7));
  EXPECT_TRUE(broadcast.is_set());
  EXPECT_THAT(*first, Optional(7));
  EXPECT_THAT(*second, Optional(7));
  EXPECT_EQ(executor_.Await(WaitForBroadcast(broadcast)), 7);
}

Task<void> DelayAndNote(absl::Duration delay, std::vector<int>* notes, int note) {
  co_await Delay(delay);
  notes->push_back(note);
}

TEST_F(OneShotTest, DelayPassesTheExecutorsTime) {
  std::vector<int> notes;
  Spawn(&executor_, DelayAndNote(absl::Seconds(3), &notes, 3));
  Spawn(&executor_, DelayAndNote(absl::Seconds(1), &notes, 1));
  Spawn(&executor_, DelayAndNote(-absl::Seconds(1), &notes, 0));
  EXPECT_THAT(notes, IsEmpty());
  executor_.RunUntilIdle();
  EXPECT_THAT(notes, ElementsAre(0));
  executor_.Advance(absl::Seconds(3));
  EXPECT_THAT(notes, ElementsAre(0, 1, 3));
}

}  // namespace
}  // namespace evertoken
