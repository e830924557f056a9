#include <functional>
#include <future>
#include <vector>

#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using Wanted = std::function<bool(const GrantSlot&)>;

// Longer than any test may take: who is not woken is not answered.
constexpr absl::Duration kForEver = absl::Hours(9);

Task<bool> WaitUntil(TokenStore* store, SlotKey key, Wanted wanted) {
  for (;;) {
    const absl::StatusOr<GrantSlot> slot = co_await store->ReadGrant(key);
    if (!slot.ok()) co_return false;
    if (wanted(*slot)) co_return true;
    co_await store->AwaitChange(key, kForEver);
  }
}

Wanted Version(uint64_t version) {
  return [version](const GrantSlot& slot) { return slot.version >= version; };
}

bool Free(const GrantSlot& slot) { return slot.held_for == absl::ZeroDuration(); }

TEST_P(StoreWaits, WriteByAnotherReplicaIsNoticed) {
  constexpr uint64_t kLast = 50;
  const SlotKey key = MakeGrant("1");
  std::future<bool> waiter = Start(1, WaitUntil(store(1), key, Version(kLast)));
  for (uint64_t version = 1; version < kLast; ++version)
    ASSERT_THAT(Run(store()->WriteGrant(key, version, Write("next"))), IsOk());
  ASSERT_TRUE(EndsSoon(&waiter));
  EXPECT_TRUE(waiter.get());
}

TEST_P(StoreWaits, EndOfARenewalIsNoticed) {
  const SlotKey key = MakeGrant("1");
  for (uint64_t version = 1; version < 20; ++version) {
    const uint64_t fence = Begin(key)->fence;
    std::future<bool> waiter = Start(1, WaitUntil(store(1), key, Free));
    if (version % 2 == 0) {
      ASSERT_THAT(Run(store()->AbandonRenewal(key, fence)), IsOk());
      ASSERT_THAT(Run(store()->WriteGrant(key, version, Write("next"))), IsOk());
    } else {
      ASSERT_THAT(Run(store()->CommitRenewal(key, fence, version, 0, Write("next"))), IsOk());
    }
    ASSERT_TRUE(EndsSoon(&waiter)) << version;
    EXPECT_TRUE(waiter.get());
  }
}

TEST_P(StoreWaits, ChangeThroughTheSameStoreIsNoticed) {
  const SlotKey key = MakeGrant("1");
  std::future<bool> waiter = Start(0, WaitUntil(store(), key, Version(2)));
  // Behind the waiter on its loop.
  ASSERT_THAT(Run(store()->Ping()), IsOk());
  ASSERT_THAT(Run(store()->WriteGrant(key, 1, Write("2"))), IsOk());
  ASSERT_TRUE(EndsSoon(&waiter));
  const uint64_t fence = Begin(key)->fence;
  std::future<bool> other = Start(0, WaitUntil(store(), key, Free));
  ASSERT_THAT(Run(store()->Ping()), IsOk());
  ASSERT_THAT(Run(store()->AbandonRenewal(key, fence)), IsOk());
  EXPECT_TRUE(EndsSoon(&other));
}

Task<bool> WaitOnce(TokenStore* store, SlotKey key, absl::Duration at_most) {
  co_await store->AwaitChange(key, at_most);
  co_return true;
}

TEST_P(StoreWaits, WhoNeverLookedIsToldToo) {
  const SlotKey key = MakeGrant("1");
  // Who has no connection yet hears of nothing.
  ASSERT_THAT(Run(store(1)->Ping(), 1), IsOk());
  std::future<bool> waiter = Start(1, WaitOnce(store(1), key, kForEver));
  ASSERT_THAT(Run(store(1)->Ping(), 1), IsOk());
  ASSERT_THAT(Run(store()->WriteGrant(key, 1, Write("2"))), IsOk());
  EXPECT_TRUE(EndsSoon(&waiter));
}

TEST_P(StoreWaits, NobodyWaitsLongerThanAsked) {
  const SlotKey key = MakeGrant("1");
  for (absl::Duration at_most : {absl::Milliseconds(5), absl::ZeroDuration(), -absl::Seconds(1)}) {
    std::future<bool> waiter = Start(1, WaitOnce(store(1), key, at_most));
    EXPECT_TRUE(EndsSoon(&waiter));
  }
  std::future<bool> unknown = Start(1, WaitOnce(store(1), NewKey(), absl::Milliseconds(5)));
  EXPECT_TRUE(EndsSoon(&unknown));
}

TEST_P(StoreWaits, AFewChangesWakeAllWhoWait) {
  const SlotKey key = MakeGrant("1");
  std::vector<std::future<bool>> waiters;
  for (int i = 0; i < 100; ++i) {
    const size_t replica = i % kReplicas;
    waiters.push_back(Start(replica, WaitUntil(store(replica), key, Version(2))));
  }
  // Who looked before the first change and waits only after it may miss it, and is told of one of the next.
  for (uint64_t version = 1; version < 10; ++version)
    ASSERT_THAT(Run(store()->WriteGrant(key, version, Write("next"))), IsOk());
  for (std::future<bool>& waiter : waiters) ASSERT_TRUE(EndsSoon(&waiter));
}

TEST_P(StoreWaits, ManyWaitForManySlots) {
  const std::vector<SlotKey> keys = MakeGrants(std::vector<GrantWrite>(100, Write("1")));
  std::vector<std::future<bool>> waiters;
  for (const SlotKey& key : keys) waiters.push_back(Start(1, WaitUntil(store(1), key, Version(2))));
  for (int i = 99; i >= 0; i -= 3) {
    ASSERT_THAT(Run(store()->WriteGrant(keys[i], 1, Write("2"))), IsOk());
    ASSERT_TRUE(EndsSoon(&waiters[i])) << i;
  }
  for (int i = 0; i < 100; ++i) {
    if (i % 3 == 0) continue;
    ASSERT_THAT(Run(store()->WriteGrant(keys[i], 1, Write("2"))), IsOk());
    ASSERT_TRUE(EndsSoon(&waiters[i])) << i;
  }
}

}  // namespace
}  // namespace evertoken
