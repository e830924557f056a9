#include "server/store_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/fakes/manual_executor.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Task<absl::Status> Answer(absl::Status status) { co_return status; }

class StoreWatchTest : public ::testing::Test {
 protected:
  StoreWatchTest()
      : watch_(
            &executor_, &clock_, kPatience,
            [this] {
              ++asked_;
              return Answer(status_);
            },
            [this](bool ready) { told_.push_back(ready); }) {}

  static constexpr absl::Duration kPatience = absl::Seconds(60);

  void Start() {
    watch_.Start();
    executor_.RunUntilIdle();
  }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  absl::Status status_;
  int asked_ = 0;
  std::vector<bool> told_;
  StoreWatch watch_;
};

TEST_F(StoreWatchTest, IsReadyAtTheFirstGoodAnswer) {
  EXPECT_FALSE(watch_.ready());
  Start();
  EXPECT_TRUE(watch_.ready());
  EXPECT_THAT(told_, ElementsAre(true));
}

TEST_F(StoreWatchTest, AsksEverySecondAndTellsOnlyChanges) {
  Start();
  executor_.Advance(absl::Seconds(10));
  EXPECT_EQ(asked_, 11);
  EXPECT_THAT(told_, ElementsAre(true));
}

TEST_F(StoreWatchTest, KeepsAskingAStoreThatIsDownFromTheStart) {
  status_ = absl::UnavailableError("down");
  Start();
  executor_.Advance(absl::Seconds(60));
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_GT(asked_, 30);
  EXPECT_LT(asked_, 50);
  status_ = absl::OkStatus();
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(told_, ElementsAre(true));
}

TEST_F(StoreWatchTest, OneLostAnswerChangesNothing) {
  Start();
  for (int i = 0; i < 5; ++i) {
    status_ = absl::UnavailableError("down");
    executor_.Advance(absl::Seconds(1));
    status_ = absl::OkStatus();
    executor_.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(told_, ElementsAre(true));
}

TEST_F(StoreWatchTest, WithoutPatienceSeveralLostAnswersMakeItUnready) {
  std::vector<bool> told;
  StoreWatch watch(
      &executor_, &clock_, absl::ZeroDuration(), [this] { return Answer(status_); },
      [&told](bool ready) { told.push_back(ready); });
  watch.Start();
  executor_.RunUntilIdle();
  status_ = absl::UnavailableError("down");
  executor_.Advance(absl::Milliseconds(1999));
  EXPECT_THAT(told, ElementsAre(true));
  executor_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(told, ElementsAre(true, false));
}

TEST_F(StoreWatchTest, AnOutageThatLastsMakesItUnreadyUntilTheNextGoodAnswer) {
  Start();
  status_ = absl::UnavailableError("down");
  executor_.Advance(absl::Seconds(1) + kPatience - absl::Milliseconds(1));
  EXPECT_THAT(told_, ElementsAre(true));
  executor_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(told_, ElementsAre(true, false));
  EXPECT_FALSE(watch_.ready());
  status_ = absl::OkStatus();
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(told_, ElementsAre(true, false, true));
}

TEST_F(StoreWatchTest, AsksNoMoreAfterStop) {
  Start();
  watch_.Stop();
  executor_.Advance(absl::Seconds(10));
  EXPECT_EQ(asked_, 1);
}

}  // namespace
}  // namespace evertoken
