#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;

TEST_P(StoreAtomic, RunningLeaseKeepsOthersOut) {
  const SlotKey key = MakeGrant("old");
  ASSERT_THAT(Begin(key, absl::Minutes(10)), IsOk());
  const absl::StatusOr<RenewalLease> loser = Begin(key, absl::Minutes(10), 1);
  ASSERT_THAT(loser, IsOk());
  EXPECT_FALSE(loser->acquired);
  EXPECT_EQ(loser->fence, 0u);
  EXPECT_LE(loser->slot.held_for, absl::Minutes(10));
  EXPECT_GT(loser->slot.held_for, absl::Minutes(9));
  EXPECT_EQ(loser->slot.record, "old");
  ASSERT_TRUE(loser->slot.open_attempt.has_value());
  EXPECT_EQ(loser->slot.open_attempt->lost_answers, 1);
}

TEST_P(StoreAtomic, OpenAttemptIsVisibleUntilItIsClosed) {
  const SlotKey key = MakeGrant("old");
  const absl::StatusOr<RenewalLease> lease = Begin(key);
  const absl::StatusOr<GrantSlot> slot = Read(key, 1);
  ASSERT_TRUE(slot->open_attempt.has_value());
  EXPECT_EQ(slot->open_attempt->lost_answers, 1);
  EXPECT_EQ(slot->version, 1u);
  ASSERT_THAT(Run(store()->CommitRenewal(key, lease->fence, 1, 0, Write("new"))), IsOk());
  EXPECT_FALSE(Read(key, 1)->open_attempt.has_value());
}

TEST_P(StoreAtomic, FencesOnlyGrow) {
  const SlotKey key = MakeGrant("old");
  const uint64_t first = Begin(key)->fence;
  ASSERT_THAT(Run(store()->AbandonRenewal(key, first)), IsOk());
  const uint64_t second = Begin(key)->fence;
  EXPECT_GT(second, first);
  ASSERT_THAT(Run(store()->CommitRenewal(key, second, 1, 0, Write("new"))), IsOk());
  EXPECT_GT(Begin(key)->fence, second);
}

TEST_P(StoreAtomic, HolderWhoseLeaseWasTakenOverCanChangeNothing) {
  const SlotKey key = MakeGrant("old");
  const uint64_t late = Begin(key, absl::Minutes(1))->fence;
  harness()->Advance(absl::Minutes(2));
  const uint64_t current = Begin(key, absl::Minutes(10), 1)->fence;
  ASSERT_NE(current, late);

  EXPECT_THAT(Run(store()->CommitRenewal(key, late, 1, 0, Write("late"))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->ExtendLease(key, late, absl::Hours(1))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->PresentAgain(key, late, absl::Hours(1))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->AbandonRenewal(key, late)), StatusIs(kAborted));

  EXPECT_EQ(Read(key)->record, "old");
  EXPECT_FALSE(Begin(key)->acquired);
  EXPECT_THAT(Run(store(1)->CommitRenewal(key, current, 1, 0, Write("new")), 1), IsOkAndHolds(2u));
}

TEST_P(StoreAtomic, LeaseThatRanOutStillCountsUntilSomebodyTakesIt) {
  const SlotKey key = MakeGrant("old");
  const uint64_t fence = Begin(key, absl::Minutes(1))->fence;
  harness()->Advance(absl::Minutes(2));
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 1, 0, Write("new"))), IsOkAndHolds(2u));
}

TEST_P(StoreAtomic, ClosedRenewalCannotBeUsedAgain) {
  const SlotKey key = MakeGrant("old");
  const uint64_t committed = Begin(key)->fence;
  ASSERT_THAT(Run(store()->CommitRenewal(key, committed, 1, 0, Write("new"))), IsOk());
  EXPECT_THAT(Run(store()->ExtendLease(key, committed, absl::Hours(1))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->PresentAgain(key, committed, absl::Hours(1))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->CommitRenewal(key, committed, 2, 0, Write("again"))),
              StatusIs(kAborted));
  EXPECT_THAT(Run(store()->AbandonRenewal(key, committed)), StatusIs(kAborted));
  const uint64_t abandoned = Begin(key)->fence;
  ASSERT_THAT(Run(store()->AbandonRenewal(key, abandoned)), IsOk());
  EXPECT_THAT(Run(store()->ExtendLease(key, abandoned, absl::Hours(1))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->PresentAgain(key, abandoned, absl::Hours(1))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->CommitRenewal(key, abandoned, 2, 0, Write("again"))),
              StatusIs(kAborted));
  EXPECT_EQ(Read(key)->record, "new");
}

TEST_P(StoreAtomic, FenceOfANeverBegunRenewalIsRefused) {
  const SlotKey key = MakeGrant("old");
  for (uint64_t fence : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
    EXPECT_THAT(Run(store()->ExtendLease(key, fence, absl::Hours(1))), StatusIs(kAborted)) << fence;
    EXPECT_THAT(Run(store()->PresentAgain(key, fence, absl::Hours(1))), StatusIs(kAborted))
        << fence;
    EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 1, 0, Write("new"))), StatusIs(kAborted))
        << fence;
    EXPECT_THAT(Run(store()->AbandonRenewal(key, fence)), StatusIs(kAborted)) << fence;
  }
  const SlotKey unknown = NewKey();
  EXPECT_THAT(Run(store()->ExtendLease(unknown, 1, absl::Hours(1))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->PresentAgain(unknown, 1, absl::Hours(1))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->CommitRenewal(unknown, 1, 1, 0, Write("new"))), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->AbandonRenewal(unknown, 1)), StatusIs(kAborted));
}

TEST_P(StoreAtomic, CommitOverAnotherVersionChangesNothing) {
  const SlotKey key = MakeGrant("old");
  const uint64_t fence = Begin(key)->fence;
  ASSERT_THAT(Run(store(1)->WriteGrant(key, 1, Write("other")), 1), IsOk());
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 1, 0, Write("new"))), StatusIs(kAborted));
  const absl::StatusOr<GrantSlot> slot = Read(key);
  EXPECT_EQ(slot->record, "other");
  EXPECT_EQ(slot->version, 2u);
  EXPECT_TRUE(slot->open_attempt.has_value());
  EXPECT_FALSE(Begin(key)->acquired);
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 2, 0, Write("new"))), IsOkAndHolds(3u));
}

TEST_P(StoreAtomic, WriteLeavesALeaseAsItIs) {
  const SlotKey key = MakeGrant("old");
  const uint64_t fence = Begin(key)->fence;
  ASSERT_THAT(Run(store()->WriteGrant(key, 1, Write("noted"))), IsOk());
  EXPECT_EQ(Read(key)->open_attempt->lost_answers, 1);
  EXPECT_FALSE(Begin(key)->acquired);
  EXPECT_THAT(Run(store()->ExtendLease(key, fence, absl::Minutes(1))), IsOk());
}

TEST_P(StoreAtomic, EveryAcquisitionThatIsNotAbandonedMayBeALostAnswer) {
  const SlotKey key = MakeGrant("old");
  for (int lost = 0; lost < 3; ++lost) {
    const absl::StatusOr<RenewalLease> lease = Begin(key, absl::Minutes(1));
    ASSERT_TRUE(lease->acquired);
    EXPECT_EQ(lease->slot.open_attempt.has_value() ? lease->slot.open_attempt->lost_answers : 0,
              lost);
    harness()->Advance(absl::Minutes(2));
  }
  const uint64_t unused = Begin(key)->fence;
  ASSERT_THAT(Run(store()->AbandonRenewal(key, unused)), IsOk());
  EXPECT_EQ(Read(key)->open_attempt->lost_answers, 3);
}

TEST_P(StoreAtomic, ACommitMayLeaveTheAttemptOpenAsOldAsItWas) {
  const SlotKey key = MakeGrant("old");
  ASSERT_THAT(Begin(key, absl::Minutes(1)), IsOk());
  harness()->Advance(absl::Minutes(5));
  const uint64_t fence = Begin(key)->fence;
  ASSERT_THAT(Run(store()->CommitRenewal(key, fence, 1, 1, Write("failed"))), IsOkAndHolds(2u));
  const absl::StatusOr<RenewalLease> next = Begin(key, absl::Minutes(1), 1);
  ASSERT_TRUE(next->acquired);
  ASSERT_TRUE(next->slot.open_attempt.has_value());
  EXPECT_EQ(next->slot.open_attempt->lost_answers, 1);
  EXPECT_GE(next->slot.open_attempt->age, absl::Minutes(5));
  ASSERT_THAT(Run(store(1)->CommitRenewal(key, next->fence, 2, 0, Write("new")), 1), IsOk());
  EXPECT_FALSE(Read(key)->open_attempt.has_value());
}

TEST_P(StoreAtomic, FirstOfSeveralOpenAttemptsCounts) {
  const SlotKey key = MakeGrant("old");
  ASSERT_THAT(Begin(key, absl::Minutes(1)), IsOk());
  harness()->Advance(absl::Minutes(5));
  const absl::StatusOr<RenewalLease> second = Begin(key, absl::Minutes(1), 1);
  ASSERT_TRUE(second->acquired);
  ASSERT_TRUE(second->slot.open_attempt.has_value());
  EXPECT_EQ(second->slot.open_attempt->lost_answers, 1);
  EXPECT_GE(second->slot.open_attempt->age, absl::Minutes(5));
  EXPECT_LT(second->slot.open_attempt->age, absl::Minutes(6));

  // Giving up the second attempt does not settle the first one.
  ASSERT_THAT(Run(store(1)->AbandonRenewal(key, second->fence), 1), IsOk());
  ASSERT_TRUE(Read(key)->open_attempt.has_value());
  EXPECT_EQ(Read(key)->open_attempt->lost_answers, 1);

  // A commit does.
  const absl::StatusOr<RenewalLease> third = Begin(key);
  ASSERT_TRUE(third->acquired);
  EXPECT_EQ(third->slot.open_attempt->lost_answers, 1);
  ASSERT_THAT(Run(store()->CommitRenewal(key, third->fence, 1, 0, Write("new"))), IsOk());
  EXPECT_FALSE(Read(key)->open_attempt.has_value());
}

}  // namespace
}  // namespace evertoken
