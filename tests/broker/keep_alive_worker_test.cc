#include "server/broker/keep_alive_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A queue in which nothing is ever due, and which can be away.
class EmptyQueue final : public DueQueue {
 public:
  explicit EmptyQueue(int shards) : shards_(shards) {}

  int shards() const override { return shards_; }
  Task<absl::StatusOr<DueClaim>> Claim(int shard, std::string, absl::Duration, int) override {
    claimed.push_back(shard);
    if (away) co_return absl::UnavailableError("the test took the store away");
    co_return DueClaim();
  }
  Task<absl::Status> Release(int, std::string) override { co_return absl::OkStatus(); }

  std::vector<int> claimed;
  bool away = false;

 private:
  const int shards_;
};

class KeepAliveWorkerTest : public testing::Test {
 protected:
  KeepAliveWorker::Parts Parts(DueQueue* queue, int seat = 0, int seats = 1) {
    KeepAliveWorker::Parts parts;
    parts.executor = &executor_;
    parts.due = queue;
    parts.clock = &clock_;
    parts.metrics = &metrics_;
    parts.random = [this] { return random_; };
    parts.share.seat = seat;
    parts.share.seats = seats;
    return parts;
  }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  Metrics metrics_;
  double random_ = 0.5;
};

TEST_F(KeepAliveWorkerTest, LoopsOfAProcessSplitTheShards) {
  std::multiset<int> all;
  for (int seat = 0; seat < 3; ++seat) {
    EmptyQueue queue(8);
    KeepAliveWorker worker(Parts(&queue, seat, 3));
    worker.Start();
    executor_.Advance(KeepAliveWorker::kPoll);
    for (const int shard : queue.claimed) EXPECT_EQ(shard % 3, seat);
    all.insert(queue.claimed.begin(), queue.claimed.end());
    worker.Stop();
    executor_.Advance(KeepAliveWorker::kPoll);
  }
  EXPECT_THAT(all, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST_F(KeepAliveWorkerTest, LoopsBeyondTheNumberOfShardsHaveNothingToDo) {
  EmptyQueue queue(1);
  KeepAliveWorker worker(Parts(&queue, 1, 2));
  worker.Start();
  executor_.Advance(absl::Minutes(1));
  EXPECT_THAT(queue.claimed, IsEmpty());
  EXPECT_EQ(executor_.pending_timers(), 0u);
}

TEST_F(KeepAliveWorkerTest, IdleQueueIsLookedAtEveryFewSecondsByChance) {
  for (const double random : {0.0, 0.999}) {
    random_ = random;
    EmptyQueue queue(1);
    KeepAliveWorker worker(Parts(&queue));
    worker.Start();
    executor_.Advance(absl::Minutes(4));
    const auto looks = static_cast<int>(queue.claimed.size());
    EXPECT_NEAR(looks, random == 0 ? 120 : 60, 2);
    worker.Stop();
    executor_.Advance(KeepAliveWorker::kPoll);
    EXPECT_EQ(worker.in_flight(), 0);
    executor_.Advance(absl::Minutes(1));
    EXPECT_THAT(queue.claimed, SizeIs(looks)) << "it goes on after its end";
  }
}

TEST_F(KeepAliveWorkerTest, StoreThatIsAwayIsAskedLessAndLess) {
  random_ = 0.999;
  EmptyQueue queue(4);
  queue.away = true;
  KeepAliveWorker worker(Parts(&queue));
  worker.Start();
  executor_.Advance(absl::Minutes(1));
  // After 2, 4, 8, 16 and 30 s, one shard each time.
  EXPECT_GE(queue.claimed.size(), 4u);
  EXPECT_LE(queue.claimed.size(), 6u);
  executor_.Advance(absl::Minutes(10));
  EXPECT_LE(queue.claimed.size(), 28u);
  queue.away = false;
  queue.claimed.clear();
  executor_.Advance(absl::Seconds(31) + KeepAliveWorker::kPoll);
  EXPECT_GE(queue.claimed.size(), 8u);
}

}  // namespace
}  // namespace evertoken
