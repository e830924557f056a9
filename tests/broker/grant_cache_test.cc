#include "server/broker/grant_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

std::shared_ptr<const GrantSnapshot> Snapshot(uint64_t version) {
  auto snapshot = std::make_shared<GrantSnapshot>();
  snapshot->version = version;
  return snapshot;
}

const SlotKey kKey{"key"};

TEST(GrantCacheTest, GivesBackWhatWasPut) {
  FakeClock clock;
  GrantCache cache(100, &clock);
  EXPECT_EQ(cache.Get(kKey), nullptr);
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(3));
  ASSERT_NE(cache.Get(kKey), nullptr);
  EXPECT_EQ(cache.Get(kKey)->version, 3);
}

TEST(GrantCacheTest, ALowerVersionNeverReplacesAHigherOne) {
  FakeClock clock;
  GrantCache cache(100, &clock);
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(3));
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(2));
  EXPECT_EQ(cache.Get(kKey)->version, 3);
}

TEST(GrantCacheTest, WhatWasReadBeforeAnInvalidationIsRefused) {
  FakeClock clock;
  GrantCache cache(100, &clock);
  const uint64_t before = cache.Epoch(kKey);
  cache.Invalidate(kKey);
  cache.Put(kKey, before, Snapshot(1));
  EXPECT_EQ(cache.Get(kKey), nullptr);
}

// Keys share epochs: another one's invalidation is enough to refuse.
TEST(GrantCacheTest, AWriteThatIsRefusedEndsWhatItReplaced) {
  FakeClock clock;
  GrantCache cache(100, &clock);
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(1));
  const uint64_t before = cache.Epoch(kKey);
  for (int i = 0; cache.Epoch(kKey) == before; ++i) cache.Invalidate(SlotKey{absl::StrCat(i)});
  ASSERT_NE(cache.Get(kKey), nullptr);
  cache.Put(kKey, before, Snapshot(1));
  EXPECT_NE(cache.Get(kKey), nullptr) << "nothing new is known";
  cache.Put(kKey, before, Snapshot(2));
  EXPECT_EQ(cache.Get(kKey), nullptr);
}

TEST(GrantCacheTest, InvalidatingAllForgetsAllAndRefusesWhatWasRead) {
  FakeClock clock;
  GrantCache cache(100, &clock);
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(1));
  const SlotKey other{"other"};
  const uint64_t before = cache.Epoch(other);
  cache.Invalidate(std::nullopt);
  cache.Put(other, before, Snapshot(1));
  EXPECT_EQ(cache.Get(kKey), nullptr);
  EXPECT_EQ(cache.Get(other), nullptr);
}

TEST(GrantCacheTest, WhatIsDoubtedIsStillKnownForAWhile) {
  FakeClock clock;
  GrantCache cache(100, &clock);
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(1));
  EXPECT_NE(cache.GetLastKnown(kKey, absl::ZeroDuration()), nullptr);
  cache.Invalidate(std::nullopt);
  EXPECT_EQ(cache.GetLastKnown(kKey, absl::ZeroDuration()), nullptr);
  clock.Advance(absl::Seconds(6));
  cache.Invalidate(std::nullopt);
  clock.Advance(absl::Seconds(3));
  EXPECT_NE(cache.GetLastKnown(kKey, absl::Seconds(10)), nullptr);
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(cache.GetLastKnown(kKey, absl::Seconds(10)), nullptr);
}

TEST(GrantCacheTest, WhatWasChangedIsNotKnownAnyMore) {
  FakeClock clock;
  GrantCache cache(100, &clock);
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(1));
  cache.Invalidate(kKey);
  EXPECT_EQ(cache.GetLastKnown(kKey, absl::Hours(1)), nullptr);
}

TEST(GrantCacheTest, ReadingAnewEndsTheDoubtWhateverTheVersion) {
  FakeClock clock;
  GrantCache cache(100, &clock);
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(7));
  cache.Invalidate(std::nullopt);
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(2));
  ASSERT_NE(cache.Get(kKey), nullptr);
  EXPECT_EQ(cache.Get(kKey)->version, 2);
  clock.Advance(absl::Hours(2));
  EXPECT_NE(cache.GetLastKnown(kKey, absl::Hours(1)), nullptr);
}

TEST(GrantCacheTest, StaysWithinItsCapacity) {
  FakeClock clock;
  GrantCache cache(640, &clock);
  for (int i = 0; i < 10'000; ++i) {
    const SlotKey key{absl::StrCat(i)};
    cache.Put(key, cache.Epoch(key), Snapshot(1));
  }
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) kept += cache.Get(SlotKey{absl::StrCat(i)}) != nullptr;
  EXPECT_LE(kept, 640);
  EXPECT_GT(kept, 320);
}

TEST(GrantCacheTest, CapacityZeroKeepsNothing) {
  FakeClock clock;
  GrantCache cache(0, &clock);
  cache.Put(kKey, cache.Epoch(kKey), Snapshot(1));
  EXPECT_EQ(cache.Get(kKey), nullptr);
}

TEST(GrantCacheTest, ManyThreadsAtOnce) {
  FakeClock clock;
  GrantCache cache(64, &clock);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 2'000; ++i) {
        const SlotKey key{absl::StrCat(i % 100)};
        cache.Put(key, cache.Epoch(key), Snapshot(i));
        cache.Get(key);
        if (i % 50 == t) cache.Invalidate(key);
        if (i % 500 == t) cache.Invalidate(std::nullopt);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace evertoken
