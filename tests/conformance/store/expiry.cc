#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;

TEST_P(StoreExpiry, GrantDisappearsAfterItsTtl) {
  const SlotKey key = MakeGrant("tokens", absl::Hours(10));
  harness()->Advance(absl::Hours(9));
  EXPECT_THAT(Read(key), IsOk());
  harness()->Advance(absl::Hours(2));
  EXPECT_THAT(Read(key), StatusIs(kNotFound));
  EXPECT_THAT(Run(store()->WriteGrant(key, 1, Write("new"))), StatusIs(kNotFound));
  EXPECT_THAT(Begin(key), StatusIs(kNotFound));
}

TEST_P(StoreExpiry, KeyOfAnOutlivedGrantIsFree) {
  const SlotKey key = MakeGrant("tokens", absl::Hours(10));
  const uint64_t fence = Begin(key)->fence;
  harness()->Advance(absl::Hours(11));
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 1, 0, Write("late"))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->CreateGrant(key, Write("next"))), IsOk());
  const absl::StatusOr<GrantSlot> slot = Read(key);
  ASSERT_THAT(slot, IsOk());
  EXPECT_EQ(slot->record, "next");
  EXPECT_EQ(slot->version, 1u);
  EXPECT_FALSE(slot->open_attempt.has_value());
}

TEST_P(StoreExpiry, EachWriteSetsTheTtlAnew) {
  const SlotKey key = MakeGrant("one", absl::Hours(10));
  harness()->Advance(absl::Hours(9));
  ASSERT_THAT(Run(store()->WriteGrant(key, 1, Write("two", absl::Hours(10)))), IsOk());
  harness()->Advance(absl::Hours(9));
  const absl::StatusOr<RenewalLease> lease = Begin(key);
  ASSERT_THAT(lease, IsOk());
  ASSERT_THAT(Run(store()->CommitRenewal(key, lease->fence, 2, 0, Write("three", absl::Hours(5)))),
              IsOk());
  harness()->Advance(absl::Hours(4));
  EXPECT_EQ(Read(key)->record, "three");
  harness()->Advance(absl::Hours(2));
  EXPECT_THAT(Read(key), StatusIs(kNotFound));
}

TEST_P(StoreExpiry, RenewalsDoNotLengthenTheTtl) {
  const SlotKey key = MakeGrant("tokens", absl::Hours(10));
  const uint64_t fence = Begin(key, absl::Hours(100))->fence;
  ASSERT_THAT(Run(store()->ExtendLease(key, fence, absl::Hours(100))), IsOk());
  harness()->Advance(absl::Hours(11));
  EXPECT_THAT(Read(key), StatusIs(kNotFound));
}

TEST_P(StoreExpiry, LongestDurationsAreAccepted) {
  const SlotKey key = MakeGrant("tokens", absl::InfiniteDuration());
  EXPECT_TRUE(Begin(key, absl::InfiniteDuration())->acquired);
  harness()->Advance(absl::Hours(24 * 365));
  EXPECT_THAT(Read(key), IsOk());
  EXPECT_FALSE(Begin(key)->acquired);
}

TEST_P(StoreExpiry, LeaseRunsOutByItself) {
  const SlotKey key = MakeGrant("tokens", absl::Hours(10));
  ASSERT_TRUE(Begin(key, absl::Minutes(10))->acquired);
  harness()->Advance(absl::Minutes(6));
  const absl::StatusOr<RenewalLease> held = Begin(key, absl::Minutes(10), 1);
  EXPECT_FALSE(held->acquired);
  EXPECT_LE(held->slot.held_for, absl::Minutes(4));
  EXPECT_GT(held->slot.held_for, absl::Minutes(3));
  harness()->Advance(absl::Minutes(5));
  EXPECT_TRUE(Begin(key, absl::Minutes(10), 1)->acquired);
}

TEST_P(StoreExpiry, ExtendedLeaseLastsFromNow) {
  const SlotKey key = MakeGrant("tokens", absl::Hours(10));
  const uint64_t fence = Begin(key, absl::Minutes(10))->fence;
  harness()->Advance(absl::Minutes(9));
  ASSERT_THAT(Run(store()->ExtendLease(key, fence, absl::Minutes(10))), IsOk());
  harness()->Advance(absl::Minutes(9));
  EXPECT_FALSE(Begin(key)->acquired);
  EXPECT_GE(Read(key)->open_attempt->age, absl::Minutes(18));
  EXPECT_LT(Read(key)->open_attempt->age, absl::Minutes(19));
  harness()->Advance(absl::Minutes(2));
  EXPECT_TRUE(Begin(key)->acquired);
}

TEST_P(StoreExpiry, TicketIsOutlivedAfterItsTtl) {
  const SlotKey key = NewKey();
  ASSERT_THAT(Run(store()->PutTicket(key, "shop", "state", absl::Minutes(15))), IsOk());
  harness()->Advance(absl::Minutes(16));
  EXPECT_THAT(Run(store()->SpendTicket(key, "shop", absl::Minutes(1))), StatusIs(kNotFound));
  EXPECT_THAT(Run(store()->PutTicket(key, "shop", "state", absl::Minutes(15))), IsOk());
}

TEST_P(StoreExpiry, ReplayWindowCountsFromTheFirstSpend) {
  const SlotKey key = NewKey();
  ASSERT_THAT(Run(store()->PutTicket(key, "shop", "state", absl::Minutes(15))), IsOk());
  harness()->Advance(absl::Minutes(14));
  ASSERT_THAT(Run(store()->SpendTicket(key, "shop", absl::Minutes(5))), IsOk());
  harness()->Advance(absl::Minutes(4));
  EXPECT_TRUE(Run(store()->SpendTicket(key, "shop", absl::Minutes(5)))->replayed);
  harness()->Advance(absl::Minutes(2));
  EXPECT_THAT(Run(store()->SpendTicket(key, "shop", absl::Minutes(5))), StatusIs(kNotFound));
}

}  // namespace
}  // namespace evertoken
