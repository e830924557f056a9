#include "server/base/task.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Sanitizers keep the compiler from turning a symmetric transfer into a jump, so there the stack does grow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kManyAwaits = 1000;
#else
constexpr int kManyAwaits = 1000000;
#endif

// Counts the objects alive, so that one destroyed twice or never is seen.
struct Counted {
  explicit Counted(int* alive_in) : alive(alive_in) { ++*alive; }
  Counted(const Counted& other) : alive(other.alive) { ++*alive; }
  ~Counted() { --*alive; }
  int* alive;
};

class TaskTest : public testing::Test {
 protected:
  FakeClock clock_;
  ManualExecutor executor_{&clock_};
};

Task<absl::StatusOr<int>> Twice(int x) {
  if (x < 0) co_return absl::InvalidArgumentError("negative");
  co_return 2 * x;
}

Task<absl::StatusOr<int>> FourTimes(int x) {
  absl::StatusOr<int> twice = co_await Twice(x);
  if (!twice.ok()) co_return twice.status();
  co_return co_await Twice(*twice);
}

TEST_F(TaskTest, ValuesAndErrorsComeBack) {
  EXPECT_THAT(executor_.Await(FourTimes(3)), IsOkAndHolds(12));
  EXPECT_THAT(executor_.Await(FourTimes(-3)), StatusIs(absl::StatusCode::kInvalidArgument));
}

Task<std::unique_ptr<std::string>> MoveOnly(std::unique_ptr<std::string> text) {
  text->append("!");
  co_return text;
}

TEST_F(TaskTest, CarriesMoveOnlyValues) {
  std::unique_ptr<std::string> result =
      executor_.Await(MoveOnly(std::make_unique<std::string>("hi")));
  EXPECT_EQ(*result, "hi!");
}

Task<std::pair<int, std::string>> Braced() { co_return {7, "seven"}; }

TEST_F(TaskTest, ReturnsABracedValue) { EXPECT_EQ(executor_.Await(Braced()).second, "seven"); }

Task<void> Note(std::vector<int>* notes, int note) {
  notes->push_back(note);
  co_return;
}

TEST_F(TaskTest, StartsNotBeforeItIsAwaited) {
  std::vector<int> notes;
  Task<void> first = Note(&notes, 1);
  Task<void> second = Note(&notes, 2);
  EXPECT_THAT(notes, IsEmpty());
  executor_.Await(std::move(second));
  executor_.Await(std::move(first));
  EXPECT_THAT(notes, ElementsAre(2, 1));
}

TEST_F(TaskTest, SpawnRunsInOrderAndNotInsideTheCall) {
  std::vector<int> notes;
  Spawn(&executor_, Note(&notes, 1));
  Spawn(&executor_, Note(&notes, 2));
  EXPECT_THAT(notes, IsEmpty());
  executor_.RunUntilIdle();
  EXPECT_THAT(notes, ElementsAre(1, 2));
}

Task<int> Hold(Counted counted, int value) {
  Counted local = counted;
  co_return value;
}

Task<int> HoldTwice(Counted counted) {
  Counted first = counted;
  int one = co_await Hold(first, 1);
  int two = co_await Hold(std::move(first), 2);
  co_return one + two;
}

TEST_F(TaskTest, ParametersAndLocalsAreDestroyedExactlyOnce) {
  int alive = 0;
  {
    const Counted counted(&alive);
    EXPECT_EQ(executor_.Await(HoldTwice(counted)), 3);
    EXPECT_EQ(alive, 1);
    { Task<int> never_awaited = HoldTwice(counted); }
    EXPECT_EQ(alive, 1);
    Task<int> replaced = HoldTwice(counted);
    replaced = HoldTwice(counted);
    EXPECT_EQ(executor_.Await(std::move(replaced)), 3);
  }
  EXPECT_EQ(alive, 0);
}

TEST_F(TaskTest, SpawnedTaskFreesItselfAtItsEnd) {
  int alive = 0;
  {
    Counted counted(&alive);
    const auto hold = [](Counted held) -> Task<void> {
      Counted local = held;
      co_return;
    };
    Spawn(&executor_, hold(counted));
  }
  EXPECT_GE(alive, 1);
  executor_.RunUntilIdle();
  EXPECT_EQ(alive, 0);
}

Task<int> One() { co_return 1; }

Task<int> SumOfOnes(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    int one = co_await One();
    sum += one;
  }
  co_return sum;
}

// Without symmetric transfer each round would stay on the stack.
TEST_F(TaskTest, AMillionAwaitsInALoopNeedNoStack) {
  EXPECT_EQ(executor_.Await(SumOfOnes(kManyAwaits)), kManyAwaits);
}

Task<int> Depth(int depth) {
  if (depth == 0) co_return 0;
  int below = co_await Depth(depth - 1);
  co_return below + 1;
}

TEST_F(TaskTest, DeeplyNestedAwaitsNeedNoStack) {
  EXPECT_EQ(executor_.Await(Depth(kManyAwaits / 10)), kManyAwaits / 10);
}

}  // namespace
}  // namespace evertoken
