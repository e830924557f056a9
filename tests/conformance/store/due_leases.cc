#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Whether the grant was due before or not: an attempt whose holder died must be found.
TEST_P(StoreDue, LeasedGrantIsDueWhenTheLeaseEnds) {
  const SlotKey never = MakeGrant("never due");
  const SlotKey later = MakeDue(absl::Hours(24));
  ASSERT_TRUE(Begin(never, absl::Minutes(1))->acquired);
  ASSERT_TRUE(Begin(later, absl::Minutes(3))->acquired);
  harness()->Advance(absl::Seconds(50));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Seconds(20));
  EXPECT_THAT(KeysOf(ClaimAll(100, 1)), ElementsAre(never));
  harness()->Advance(absl::Minutes(2));
  EXPECT_THAT(KeysOf(ClaimAll(100, 1)), ElementsAre(later));
}

TEST_P(StoreDue, DueGrantWaitsForTheLeaseThatTendsIt) {
  const SlotKey key = MakeDue(absl::ZeroDuration());
  ASSERT_TRUE(Begin(key, absl::Minutes(1))->acquired);
  EXPECT_THAT(ClaimAll(), IsEmpty());
}

TEST_P(StoreDue, ExtendingTheLeaseMovesTheTime) {
  const SlotKey key = MakeGrant("never due");
  const uint64_t fence = Begin(key, absl::Minutes(1))->fence;
  harness()->Advance(absl::Seconds(50));
  ASSERT_THAT(Run(store()->ExtendLease(key, fence, absl::Minutes(1))), IsOk());
  harness()->Advance(absl::Seconds(50));
  ASSERT_THAT(Run(store()->PresentAgain(key, fence, absl::Minutes(1))), IsOk());
  harness()->Advance(absl::Seconds(50));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Seconds(20));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
}

TEST_P(StoreDue, AskingForTheSameLeaseAgainMovesTheTime) {
  const SlotKey key = MakeGrant("never due");
  ASSERT_THAT(Run(store()->BeginRenewal(key, "owner", absl::Minutes(1))), IsOk());
  harness()->Advance(absl::Seconds(50));
  ASSERT_THAT(Run(store()->BeginRenewal(key, "owner", absl::Minutes(1))), IsOk());
  harness()->Advance(absl::Seconds(50));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Seconds(20));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
}

TEST_P(StoreDue, WhoIsRefusedTheLeaseMovesNoTime) {
  const SlotKey key = MakeGrant("never due");
  const uint64_t fence = Begin(key, absl::Minutes(1))->fence;
  ASSERT_FALSE(Begin(key, absl::Minutes(30))->acquired);
  EXPECT_THAT(Run(store()->ExtendLease(key, fence + 1, absl::Minutes(30))),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Run(store()->PresentAgain(key, fence + 1, absl::Minutes(30))),
              StatusIs(absl::StatusCode::kAborted));
  harness()->Advance(absl::Seconds(70));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
}

TEST_P(StoreDue, AbandoningLeavesTheTime) {
  const SlotKey key = MakeDue(absl::Hours(24));
  const uint64_t fence = Begin(key, absl::Minutes(1))->fence;
  ASSERT_THAT(Run(store()->AbandonRenewal(key, fence)), IsOk());
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Seconds(70));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
}

TEST_P(StoreDue, CommittingReplacesTheTime) {
  const SlotKey never = MakeGrant("never due");
  ASSERT_THAT(Run(store()->CommitRenewal(never, Begin(never)->fence, 1, 0, Write("done"))), IsOk());
  const SlotKey open = MakeGrant("never due");
  ASSERT_THAT(Run(store()->CommitRenewal(open, Begin(open)->fence, 1, 1, Due(absl::Minutes(30)))),
              IsOk());
  harness()->Advance(absl::Minutes(29));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Minutes(2));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(open));
}

// A profile that is written meanwhile knows nothing of the attempt.
TEST_P(StoreDue, WritesBesideAnOpenAttemptMakeTheGrantDueNoLater) {
  const SlotKey dropped = MakeGrant("never due");
  const SlotKey later = MakeGrant("never due");
  const SlotKey earlier = MakeGrant("never due");
  for (const SlotKey& key : {dropped, later, earlier})
    ASSERT_TRUE(Begin(key, absl::Minutes(10))->acquired);
  ASSERT_THAT(Run(store()->WriteGrant(dropped, 1, Write("profile"))), IsOk());
  ASSERT_THAT(Run(store()->WriteGrant(later, 1, Due(absl::Hours(1)))), IsOk());
  ASSERT_THAT(Run(store()->WriteGrant(earlier, 1, Due(absl::Minutes(5)))), IsOk());
  harness()->Advance(absl::Minutes(6));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(earlier));
  harness()->Advance(absl::Minutes(5));
  EXPECT_THAT(KeysOf(ClaimAll()), testing::UnorderedElementsAre(dropped, later));
}

TEST_P(StoreDue, WritesBesideAnOpenAttemptDoNotBringBackWhatWasClaimed) {
  const SlotKey key = MakeGrant("never due");
  ASSERT_TRUE(Begin(key, absl::Minutes(1))->acquired);
  harness()->Advance(absl::Seconds(70));
  ASSERT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
  ASSERT_THAT(Run(store()->WriteGrant(key, 1, Due(absl::Hours(5)))), IsOk());
  harness()->Advance(absl::Minutes(9));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Minutes(2));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
}

}  // namespace
}  // namespace evertoken
