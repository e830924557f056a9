#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;

TEST_P(StoreFaults, BrokenStoreIsUnavailableAndForgetsNothing) {
  if (!harness()->CanBreak()) GTEST_SKIP() << "lives and dies with its process";
  const SlotKey key = MakeGrant("kept");
  const SlotKey ticket = NewKey();
  ASSERT_THAT(Run(store()->PutTicket(ticket, "shop", "state", absl::Hours(1))), IsOk());
  const uint64_t fence = Begin(key, absl::Hours(1))->fence;

  harness()->Break();
  EXPECT_THAT(Read(key), StatusIs(kUnavailable));
  EXPECT_THAT(Run(store()->CreateGrant(NewKey(), Write("new"))), StatusIs(kUnavailable));
  EXPECT_THAT(Run(store()->WriteGrant(key, 1, Write("new"))), StatusIs(kUnavailable));
  EXPECT_THAT(Begin(key), StatusIs(kUnavailable));
  EXPECT_THAT(Run(store()->ExtendLease(key, fence, absl::Hours(1))), StatusIs(kUnavailable));
  EXPECT_THAT(Run(store()->PresentAgain(key, fence, absl::Hours(1))), StatusIs(kUnavailable));
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 1, 0, Write("new"))), StatusIs(kUnavailable));
  EXPECT_THAT(Run(store()->AbandonRenewal(key, fence)), StatusIs(kUnavailable));
  EXPECT_THAT(Run(store()->PutTicket(NewKey(), "shop", "state", absl::Hours(1))),
              StatusIs(kUnavailable));
  EXPECT_THAT(Run(store()->SpendTicket(ticket, "shop", absl::Hours(1))), StatusIs(kUnavailable));
  EXPECT_THAT(Run(store()->Ping()), StatusIs(kUnavailable));

  harness()->Mend();
  for (size_t replica = 0; replica < kReplicas; ++replica) {
    const absl::StatusOr<GrantSlot> slot = Read(key, replica);
    ASSERT_THAT(slot, IsOk());
    EXPECT_EQ(slot->record, "kept");
    EXPECT_EQ(slot->version, 1u);
    ASSERT_TRUE(slot->open_attempt.has_value());
    EXPECT_EQ(slot->open_attempt->lost_answers, 1);
  }
  EXPECT_FALSE(Run(store()->SpendTicket(ticket, "shop", absl::Hours(1)))->replayed);
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 1, 0, Write("new"))), IsOkAndHolds(2u));
  EXPECT_THAT(Run(store()->Ping()), IsOk());
}

Task<bool> Wait(TokenStore* store, SlotKey key) {
  co_await store->AwaitChange(key, absl::Hours(1));
  co_return true;
}

TEST_P(StoreFaults, WaitersDoNotWaitForABrokenStore) {
  if (!harness()->CanBreak()) GTEST_SKIP() << "lives and dies with its process";
  const SlotKey key = MakeGrant("kept");
  std::future<bool> waiter = Start(1, Wait(store(1), key));
  // Behind the waiter on its loop.
  ASSERT_THAT(Run(store(1)->Ping(), 1), IsOk());
  harness()->Break();
  EXPECT_TRUE(EndsSoon(&waiter));
}

}  // namespace
}  // namespace evertoken
