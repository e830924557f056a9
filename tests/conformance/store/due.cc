#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;

TEST_P(StoreDue, GrantComesWhenItsTimeHasCome) {
  const SlotKey key = MakeDue(absl::Minutes(10));
  MakeGrant("not due");
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Minutes(9));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Minutes(3));
  const std::vector<DueGrant> due = ClaimAll(100, 1);
  ASSERT_THAT(KeysOf(due), ElementsAre(key));
  EXPECT_GE(due[0].overdue, absl::Minutes(2));
  EXPECT_LT(due[0].overdue, absl::Minutes(3));
}

TEST_P(StoreDue, PastIsNowAndTheFarFutureIsAYear) {
  std::vector<SlotKey> now = {MakeDue(absl::ZeroDuration()), MakeDue(-absl::Hours(5)),
                              MakeDue(-absl::InfiniteDuration())};
  const absl::Duration ttl = absl::Hours(24 * 1000);
  std::vector<SlotKey> later = {MakeDue(absl::InfiniteDuration(), ttl),
                                MakeDue(absl::Hours(24 * 366), ttl)};
  EXPECT_THAT(KeysOf(ClaimAll()), UnorderedElementsAreArray(now));
  for (const SlotKey& key : now)
    ASSERT_THAT(Run(store()->WriteGrant(key, 1, Write("done"))), IsOk());
  harness()->Advance(absl::Hours(24 * 364));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Hours(24 * 1 + 1));
  EXPECT_THAT(KeysOf(ClaimAll()), UnorderedElementsAreArray(later));
}

TEST_P(StoreDue, EveryWriteReplacesTheTime) {
  const SlotKey key = MakeDue(absl::Minutes(10));
  ASSERT_THAT(Run(store()->WriteGrant(key, 1, Due(absl::Minutes(60)))), IsOk());
  harness()->Advance(absl::Minutes(59));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  const uint64_t fence = Begin(key)->fence;
  ASSERT_THAT(Run(store()->CommitRenewal(key, fence, 2, 0, Due(absl::Minutes(30)))), IsOk());
  harness()->Advance(absl::Minutes(29));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  harness()->Advance(absl::Minutes(2));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
  ASSERT_THAT(Run(store()->WriteGrant(key, 3, Write("not due any more"))), IsOk());
  harness()->Advance(absl::Hours(24));
  EXPECT_THAT(ClaimAll(), IsEmpty());
}

TEST_P(StoreDue, RefusedWriteLeavesTheTimeToo) {
  const SlotKey key = MakeDue(absl::Minutes(10));
  const uint64_t fence = Begin(key)->fence;
  const GrantWrite now = Due(absl::ZeroDuration());
  EXPECT_THAT(Run(store()->CreateGrant(key, now)), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Run(store()->WriteGrant(key, 5, now)), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->WriteGrant(NewKey(), 1, now)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence + 1, 1, 0, now)), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 5, 0, now)), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->CommitRenewal(NewKey(), 1, 1, 0, now)), StatusIs(kAborted));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  const GrantWrite never = Write("never due");
  EXPECT_THAT(Run(store()->WriteGrant(key, 5, never)), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 5, 0, never)), StatusIs(kAborted));
  harness()->Advance(absl::Minutes(11));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
}

TEST_P(StoreDue, GrantThatIsGoneIsDropped) {
  MakeDue(absl::Minutes(30), absl::Hours(1));
  const SlotKey living = MakeDue(absl::Minutes(30), absl::Hours(9));
  harness()->Advance(absl::Hours(2));
  EXPECT_THAT(KeysOf(ClaimAll()), ElementsAre(living));
  EXPECT_THAT(KeysOf(ClaimAll()), IsEmpty());
}

TEST_P(StoreDue, EarliestDueComesFirst) {
  std::vector<int> minutes;
  std::vector<GrantWrite> writes;
  for (int i = 0; i < 200; ++i) {
    minutes.push_back(i * 77 % 200);
    writes.push_back(Due(absl::Minutes(minutes.back())));
  }
  const std::vector<SlotKey> keys = MakeGrants(writes);
  harness()->Advance(absl::Minutes(100) + absl::Seconds(30));
  std::vector<SlotKey> due;
  for (int shard = 0; shard < this->due()->shards(); ++shard) {
    absl::Duration last = absl::InfiniteDuration();
    const absl::StatusOr<DueClaim> claim = Claim(shard, "me", 500);
    ASSERT_THAT(claim, IsOk());
    for (const DueGrant& grant : claim->grants) {
      EXPECT_LE(grant.overdue, last);
      last = grant.overdue;
      due.push_back(grant.key);
    }
  }
  std::vector<SlotKey> expected;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (minutes[i] <= 100) expected.push_back(keys[i]);
  }
  EXPECT_THAT(due, UnorderedElementsAreArray(expected));
}

TEST_P(StoreDue, ClaimsAreAsLargeAsAskedAndTellWhatIsLeft) {
  const std::vector<SlotKey> keys = MakeGrants(std::vector<GrantWrite>(100, Due(absl::Minutes(1))));
  harness()->Advance(absl::Minutes(5));
  std::vector<SlotKey> due;
  for (int shard = 0; shard < this->due()->shards(); ++shard) {
    int64_t left = -1;
    for (;;) {
      const absl::StatusOr<DueClaim> claim = Claim(shard, "me", 3);
      ASSERT_THAT(claim, IsOk());
      ASSERT_FALSE(claim->held);
      ASSERT_LE(claim->grants.size(), 3u);
      if (left >= 0) {
        EXPECT_EQ(claim->still_due, left - static_cast<int64_t>(claim->grants.size()));
      }
      left = claim->still_due;
      for (const DueGrant& grant : claim->grants) due.push_back(grant.key);
      if (claim->grants.size() < 3) break;
    }
    EXPECT_EQ(left, 0);
  }
  EXPECT_THAT(due, UnorderedElementsAreArray(keys));
}

TEST_P(StoreDue, LimitsOutOfRangeAreBroughtIntoIt) {
  MakeDue(absl::ZeroDuration());
  const int shard = ShardOfTheDueOne();
  for (int limit : {0, -5, 1 << 30}) {
    harness()->Advance(absl::Minutes(11));
    EXPECT_EQ(Claim(shard, "me", limit)->grants.size(), 1u) << limit;
  }
}

}  // namespace

GrantWrite StoreDue::Due(absl::Duration due_in, absl::Duration ttl) {
  GrantWrite write = Write("tokens", ttl);
  write.due_in = due_in;
  return write;
}

SlotKey StoreDue::MakeDue(absl::Duration due_in, absl::Duration ttl) {
  const SlotKey key = NewKey();
  EXPECT_THAT(Run(store()->CreateGrant(key, Due(due_in, ttl))), IsOk());
  return key;
}

int StoreDue::ShardOfTheDueOne() {
  for (int shard = 0; shard < due()->shards(); ++shard) {
    // Hidden for a moment only.
    if (!Claim(shard, "look", 100, 0, absl::Milliseconds(1))->grants.empty()) return shard;
  }
  ADD_FAILURE() << "no grant is due";
  return 0;
}

absl::StatusOr<DueClaim> StoreDue::Claim(int shard, const std::string& owner, int limit,
                                         size_t replica, absl::Duration hold) {
  return Run(due(replica)->Claim(shard, owner, hold, limit), replica);
}

std::vector<DueGrant> StoreDue::ClaimAll(int limit, size_t replica) {
  std::vector<DueGrant> all;
  for (int shard = 0; shard < due(replica)->shards(); ++shard) {
    for (bool more = true; more;) {
      absl::StatusOr<DueClaim> claim = Claim(shard, "me", limit, replica);
      EXPECT_THAT(claim, IsOk());
      if (!claim.ok()) return all;
      EXPECT_FALSE(claim->held);
      more = static_cast<int>(claim->grants.size()) == limit;
      std::move(claim->grants.begin(), claim->grants.end(), std::back_inserter(all));
    }
  }
  return all;
}

std::vector<SlotKey> StoreDue::KeysOf(const std::vector<DueGrant>& grants) {
  std::vector<SlotKey> keys;
  for (const DueGrant& grant : grants) keys.push_back(grant.key);
  return keys;
}

}  // namespace evertoken
