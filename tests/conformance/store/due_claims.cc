#include <future>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(StoreDue, ClaimedGrantsAreHiddenForAWhile) {
  const SlotKey key = MakeDue(absl::ZeroDuration());
  ASSERT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
  harness()->Advance(absl::Minutes(9));
  EXPECT_THAT(ClaimAll(), IsEmpty());
  EXPECT_THAT(ClaimAll(100, 1), IsEmpty());
  // As after the death of who claimed it.
  harness()->Advance(absl::Minutes(2));
  EXPECT_THAT(KeysOf(ClaimAll(100, 1)), ElementsAre(key));
}

TEST_P(StoreDue, WriteOfAHiddenGrantSetsItsTime) {
  const SlotKey key = MakeDue(absl::ZeroDuration());
  ASSERT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
  ASSERT_THAT(Run(store()->WriteGrant(key, 1, Due(absl::Minutes(1)))), IsOk());
  harness()->Advance(absl::Minutes(2));
  ASSERT_THAT(KeysOf(ClaimAll()), ElementsAre(key));
  ASSERT_THAT(Run(store()->WriteGrant(key, 2, Due(absl::Hours(5)))), IsOk());
  harness()->Advance(absl::Hours(4));
  EXPECT_THAT(ClaimAll(), IsEmpty());
}

TEST_P(StoreDue, ShardIsForOneOwnerUntilItsHoldEnds) {
  const SlotKey key = MakeDue(absl::ZeroDuration());
  const int shard = ShardOfTheDueOne();
  harness()->Advance(absl::Minutes(1));
  ASSERT_THAT(Claim(shard, "one", 1)->grants, SizeIs(1));
  harness()->Advance(absl::Minutes(9));

  const absl::StatusOr<DueClaim> other = Claim(shard, "two", 1, 1);
  ASSERT_THAT(other, IsOk());
  EXPECT_TRUE(other->held);
  EXPECT_THAT(other->grants, IsEmpty());

  harness()->Advance(absl::Minutes(2));
  const absl::StatusOr<DueClaim> heir = Claim(shard, "two", 1, 1);
  EXPECT_FALSE(heir->held);
  EXPECT_THAT(KeysOf(heir->grants), ElementsAre(key));
  EXPECT_TRUE(Claim(shard, "one", 1)->held);
}

TEST_P(StoreDue, EachClaimHoldsTheShardAnew) {
  MakeDue(absl::ZeroDuration());
  const int shard = ShardOfTheDueOne();
  for (int i = 0; i < 3; ++i) {
    harness()->Advance(absl::Minutes(1));
    ASSERT_THAT(Claim(shard, "one", 1, 0, absl::Seconds(50))->grants, SizeIs(1));
    EXPECT_TRUE(Claim(shard, "two", 1, 1)->held);
  }
}

TEST_P(StoreDue, OtherShardsAreFree) {
  if (due()->shards() == 1) GTEST_SKIP() << "has one shard";
  MakeDue(absl::ZeroDuration());
  const int shard = ShardOfTheDueOne();
  harness()->Advance(absl::Minutes(1));
  ASSERT_THAT(Claim(shard, "one", 1)->grants, SizeIs(1));
  EXPECT_FALSE(Claim((shard + 1) % due()->shards(), "two", 1)->held);
}

TEST_P(StoreDue, AnswerThatIsNotFullLetsTheShardGo) {
  MakeDue(absl::ZeroDuration());
  const int shard = ShardOfTheDueOne();
  harness()->Advance(absl::Minutes(1));
  ASSERT_THAT(Claim(shard, "one", 2)->grants, SizeIs(1));
  EXPECT_FALSE(Claim(shard, "two", 2, 1)->held);
  EXPECT_FALSE(Claim(shard, "one", 2)->held);
}

TEST_P(StoreDue, OnlyTheHolderCanReleaseTheShard) {
  MakeDue(absl::ZeroDuration());
  const int shard = ShardOfTheDueOne();
  harness()->Advance(absl::Minutes(1));
  ASSERT_THAT(Claim(shard, "one", 1)->grants, SizeIs(1));
  EXPECT_THAT(Run(due(1)->Release(shard, "two"), 1), IsOk());
  EXPECT_TRUE(Claim(shard, "two", 1, 1)->held);
  EXPECT_THAT(Run(due()->Release(shard, "one")), IsOk());
  EXPECT_FALSE(Claim(shard, "two", 1, 1)->held);
  EXPECT_THAT(Run(due()->Release(shard, "one")), IsOk());
}

Task<std::vector<DueGrant>> ClaimUntilNothingIsLeft(DueQueue* queue, std::string owner) {
  std::vector<DueGrant> all;
  for (int shard = 0; shard < queue->shards(); ++shard) {
    for (bool more = true; more;) {
      const absl::StatusOr<DueClaim> claim =
          co_await queue->Claim(shard, owner, absl::Minutes(10), 7);
      if (!claim.ok()) co_return all;
      all.insert(all.end(), claim->grants.begin(), claim->grants.end());
      more = claim->held || claim->grants.size() == 7;
    }
  }
  co_return all;
}

TEST_P(StoreDue, NoGrantIsGivenToTwo) {
  constexpr size_t kGrants = 400;
  MakeGrants(std::vector<GrantWrite>(kGrants, Due(absl::ZeroDuration())));
  std::vector<std::future<std::vector<DueGrant>>> owners;
  for (size_t i = 0; i < 4; ++i) {
    const size_t replica = i % kReplicas;
    owners.push_back(Start(replica, ClaimUntilNothingIsLeft(due(replica), absl::StrCat(i))));
  }
  absl::flat_hash_set<SlotKey> given;
  size_t claims = 0;
  for (std::future<std::vector<DueGrant>>& owner : owners) {
    ASSERT_TRUE(EndsSoon(&owner));
    for (const DueGrant& grant : owner.get()) {
      given.insert(grant.key);
      ++claims;
    }
  }
  EXPECT_EQ(given.size(), kGrants);
  EXPECT_EQ(claims, kGrants);
}

}  // namespace
}  // namespace evertoken
