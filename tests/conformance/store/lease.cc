#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

TEST_P(StoreLease, SlotTellsHowLongItIsHeld) {
  const SlotKey key = MakeGrant("old");
  EXPECT_EQ(Read(key)->held_for, absl::ZeroDuration());
  const uint64_t fence = Begin(key, absl::Minutes(10))->fence;
  EXPECT_LE(Read(key, 1)->held_for, absl::Minutes(10));
  EXPECT_GT(Read(key, 1)->held_for, absl::Minutes(9));
  harness()->Advance(absl::Minutes(6));
  EXPECT_LE(Read(key, 1)->held_for, absl::Minutes(4));
  EXPECT_GT(Read(key, 1)->held_for, absl::Minutes(3));
  harness()->Advance(absl::Minutes(5));
  EXPECT_EQ(Read(key, 1)->held_for, absl::ZeroDuration());
  ASSERT_THAT(Run(store()->ExtendLease(key, fence, absl::Minutes(10))), IsOk());
  EXPECT_GT(Read(key, 1)->held_for, absl::Minutes(9));
}

TEST_P(StoreLease, CommittedAndAbandonedRenewalsHoldNothing) {
  const SlotKey key = MakeGrant("old");
  const uint64_t committed = Begin(key)->fence;
  ASSERT_THAT(Run(store()->CommitRenewal(key, committed, 1, 1, Write("new"))), IsOk());
  EXPECT_EQ(Read(key)->held_for, absl::ZeroDuration());
  const uint64_t abandoned = Begin(key)->fence;
  ASSERT_THAT(Run(store()->AbandonRenewal(key, abandoned)), IsOk());
  EXPECT_EQ(Read(key)->held_for, absl::ZeroDuration());
}

TEST_P(StoreLease, HolderThatAsksAgainGetsTheSameAnswer) {
  const SlotKey key = MakeGrant("old");
  const absl::StatusOr<RenewalLease> first =
      Run(store()->BeginRenewal(key, "me", absl::Minutes(5)));
  ASSERT_TRUE(first->acquired);
  EXPECT_EQ(first->slot.held_for, absl::ZeroDuration());
  harness()->Advance(absl::Minutes(4));
  const absl::StatusOr<RenewalLease> again =
      Run(store()->BeginRenewal(key, "me", absl::Minutes(10)));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->acquired);
  EXPECT_EQ(again->fence, first->fence);
  EXPECT_EQ(again->slot.record, "old");
  EXPECT_EQ(again->slot.version, 1u);
  EXPECT_FALSE(again->slot.open_attempt.has_value());
  EXPECT_EQ(again->slot.held_for, absl::ZeroDuration());
  EXPECT_GT(Read(key)->held_for, absl::Minutes(9));
  EXPECT_EQ(Read(key)->open_attempt->lost_answers, 1);
  EXPECT_FALSE(Run(store(1)->BeginRenewal(key, "you", absl::Minutes(1)), 1)->acquired);
  EXPECT_THAT(Run(store()->CommitRenewal(key, again->fence, 1, 0, Write("new"))), IsOkAndHolds(2u));
}

TEST_P(StoreLease, HolderMayAskAgainAfterItsLeaseRanOut) {
  const SlotKey key = MakeGrant("old");
  const uint64_t fence = Run(store()->BeginRenewal(key, "me", absl::Minutes(1)))->fence;
  harness()->Advance(absl::Minutes(2));
  const absl::StatusOr<RenewalLease> again =
      Run(store()->BeginRenewal(key, "me", absl::Minutes(10)));
  EXPECT_TRUE(again->acquired);
  EXPECT_EQ(again->fence, fence);
  EXPECT_EQ(Read(key)->open_attempt->lost_answers, 1);
}

TEST_P(StoreLease, HolderThatAsksAgainFindsWhatItFoundBefore) {
  const SlotKey key = MakeGrant("old");
  ASSERT_TRUE(Run(store()->BeginRenewal(key, "crashed", absl::Minutes(1)))->acquired);
  harness()->Advance(absl::Minutes(5));
  const uint64_t fence = Run(store(1)->BeginRenewal(key, "me", absl::Minutes(10)), 1)->fence;
  ASSERT_THAT(Run(store(1)->PresentAgain(key, fence, absl::Minutes(10)), 1), IsOk());
  harness()->Advance(absl::Minutes(1));
  const absl::StatusOr<RenewalLease> again =
      Run(store(1)->BeginRenewal(key, "me", absl::Minutes(10)), 1);
  EXPECT_EQ(again->fence, fence);
  ASSERT_TRUE(again->slot.open_attempt.has_value());
  EXPECT_EQ(again->slot.open_attempt->lost_answers, 1);
  EXPECT_GE(again->slot.open_attempt->age, absl::Minutes(6));
  EXPECT_LT(again->slot.open_attempt->age, absl::Minutes(7));
  EXPECT_EQ(Read(key)->open_attempt->lost_answers, 3);
}

TEST_P(StoreLease, OwnerThatWasTakenOverIsNobody) {
  const SlotKey key = MakeGrant("old");
  ASSERT_TRUE(Run(store()->BeginRenewal(key, "late", absl::Minutes(1)))->acquired);
  harness()->Advance(absl::Minutes(2));
  const uint64_t current = Run(store(1)->BeginRenewal(key, "me", absl::Minutes(1)), 1)->fence;
  EXPECT_FALSE(Run(store()->BeginRenewal(key, "late", absl::Minutes(1)))->acquired);
  harness()->Advance(absl::Minutes(2));
  const absl::StatusOr<RenewalLease> back =
      Run(store()->BeginRenewal(key, "late", absl::Minutes(1)));
  EXPECT_TRUE(back->acquired);
  EXPECT_GT(back->fence, current);
  EXPECT_EQ(back->slot.open_attempt->lost_answers, 2);
}

TEST_P(StoreLease, AClosedRenewalMakesRoomForAnother) {
  const SlotKey key = MakeGrant("old");
  const uint64_t committed = Run(store()->BeginRenewal(key, "first", absl::Minutes(10)))->fence;
  ASSERT_THAT(Run(store()->CommitRenewal(key, committed, 1, 0, Write("new"))), IsOk());
  const uint64_t abandoned = Run(store()->BeginRenewal(key, "second", absl::Minutes(10)))->fence;
  EXPECT_GT(abandoned, committed);
  ASSERT_THAT(Run(store()->AbandonRenewal(key, abandoned)), IsOk());
  EXPECT_GT(Run(store()->BeginRenewal(key, "third", absl::Minutes(10)))->fence, abandoned);
  EXPECT_EQ(Read(key)->open_attempt->lost_answers, 1);
}

TEST_P(StoreLease, NothingFoundIsNothingFoundByTheNextOwner) {
  const SlotKey key = MakeGrant("old");
  ASSERT_TRUE(Run(store()->BeginRenewal(key, "one", absl::Minutes(1)))->acquired);
  harness()->Advance(absl::Minutes(2));
  const uint64_t second = Run(store()->BeginRenewal(key, "two", absl::Minutes(1)))->fence;
  ASSERT_THAT(Run(store()->CommitRenewal(key, second, 1, 0, Write("new"))), IsOk());
  ASSERT_TRUE(Run(store()->BeginRenewal(key, "three", absl::Minutes(1)))->acquired);
  EXPECT_FALSE(
      Run(store()->BeginRenewal(key, "three", absl::Minutes(1)))->slot.open_attempt.has_value());
}

TEST_P(StoreLease, EachPresentationMayBeALostAnswer) {
  const SlotKey key = MakeGrant("old");
  const uint64_t fence = Begin(key, absl::Minutes(1))->fence;
  for (int presented = 2; presented < 5; ++presented) {
    ASSERT_THAT(Run(store()->PresentAgain(key, fence, absl::Minutes(presented))), IsOk());
    const absl::StatusOr<GrantSlot> slot = Read(key, 1);
    EXPECT_EQ(slot->open_attempt->lost_answers, presented);
    EXPECT_LE(slot->held_for, absl::Minutes(presented));
    EXPECT_GT(slot->held_for, absl::Minutes(presented - 1));
    EXPECT_EQ(slot->version, 1u);
    EXPECT_EQ(slot->record, "old");
  }
  ASSERT_THAT(Run(store()->CommitRenewal(key, fence, 1, 2, Write("new"))), IsOk());
  EXPECT_EQ(Read(key)->open_attempt->lost_answers, 2);
}

TEST_P(StoreLease, PresentationsAreAsOldAsTheFirstOne) {
  const SlotKey key = MakeGrant("old");
  const uint64_t fence = Begin(key, absl::Minutes(1))->fence;
  harness()->Advance(absl::Minutes(5));
  ASSERT_THAT(Run(store()->PresentAgain(key, fence, absl::Minutes(1))), IsOk());
  EXPECT_GE(Read(key)->open_attempt->age, absl::Minutes(5));
  EXPECT_LT(Read(key)->open_attempt->age, absl::Minutes(6));
}

}  // namespace
}  // namespace evertoken
