#include "server/catalog_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"

namespace evertoken {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What the watch's thread did, told to the test's.
class Looks {
 public:
  void Add(bool forced) {
    absl::MutexLock lock(&mutex_);
    looks_.push_back(forced);
  }
  std::vector<bool> Await(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&] { return looks_.size() >= count; };
    mutex_.Await(absl::Condition(&enough));
    return looks_;
  }
  std::vector<bool> all() {
    absl::MutexLock lock(&mutex_);
    return looks_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<bool> looks_;
};

class CatalogWatchTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  Looks looks_;
};

TEST_F(CatalogWatchTest, LooksAfterEveryInterval) {
  CatalogWatch watch(&executor_, absl::Seconds(5), [this](bool forced) { looks_.Add(forced); });
  watch.Start();
  executor_.Advance(absl::Seconds(4));
  EXPECT_THAT(looks_.all(), IsEmpty());
  executor_.Advance(absl::Seconds(1));
  EXPECT_THAT(looks_.Await(1), ElementsAre(false));
  executor_.Advance(absl::Seconds(5));
  EXPECT_THAT(looks_.Await(2), ElementsAre(false, false));
}

TEST_F(CatalogWatchTest, WithoutAnIntervalLooksWhenAskedTo) {
  CatalogWatch watch(&executor_, absl::ZeroDuration(), [this](bool forced) { looks_.Add(forced); });
  watch.Start();
  executor_.Advance(absl::Hours(1));
  watch.LookNow();
  EXPECT_THAT(looks_.Await(1), ElementsAre(true));
}

TEST_F(CatalogWatchTest, WhatIsAskedForDuringALookIsOneMore) {
  absl::Notification go_on;
  CatalogWatch watch(&executor_, absl::ZeroDuration(), [&](bool forced) {
    looks_.Add(forced);
    go_on.WaitForNotification();
  });
  watch.LookNow();
  looks_.Await(1);
  for (int i = 0; i < 5; ++i) watch.LookNow();
  go_on.Notify();
  EXPECT_THAT(looks_.Await(2), ElementsAre(true, true));
  watch.Stop();
  EXPECT_THAT(looks_.all(), ElementsAre(true, true));
}

TEST_F(CatalogWatchTest, NoLookAfterTheStop) {
  CatalogWatch watch(&executor_, absl::Seconds(5), [this](bool forced) { looks_.Add(forced); });
  watch.Start();
  watch.Stop();
  executor_.Advance(absl::Minutes(1));
  watch.LookNow();
  watch.Stop();
  EXPECT_THAT(looks_.all(), IsEmpty());
}

}  // namespace
}  // namespace evertoken
