#include "server/broker/recent_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/fake_clock.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LoadedGrant Grant(const std::string& key, int64_t generation) {
  auto snapshot = std::make_shared<GrantSnapshot>();
  snapshot->grant.mutable_tokens()->set_generation(generation);
  return {SlotKey{key}, std::move(snapshot)};
}

std::vector<std::string> Keys(const std::vector<LoadedGrant>& grants) {
  std::vector<std::string> keys;
  for (const LoadedGrant& grant : grants) keys.push_back(grant.key.value);
  return keys;
}

class RecentResultsTest : public testing::Test {
 protected:
  FakeClock clock_;
  ResultIndex index_;
  RecentResults loop_{&clock_, 3, &index_};
  RecentResults other_loop_{&clock_, 3, &index_};
};

TEST_F(RecentResultsTest, KnowsWhatAReadLacks) {
  loop_.Remember(Grant("a", 2));
  EXPECT_NE(loop_.MissingIn(Grant("a", 1)), nullptr);
  EXPECT_EQ(loop_.MissingIn(Grant("a", 2)), nullptr);
  EXPECT_EQ(loop_.MissingIn(Grant("b", 1)), nullptr);
}

// A caller's renewal and one without a caller may run on different loops.
TEST_F(RecentResultsTest, LoopsKnowOfEachOthersResults) {
  loop_.Remember(Grant("a", 2));
  EXPECT_NE(other_loop_.MissingIn(Grant("a", 1)), nullptr);
  EXPECT_THAT(other_loop_.All(), IsEmpty());
  other_loop_.Remember(Grant("a", 3));
  EXPECT_EQ(loop_.MissingIn(Grant("a", 2))->grant.tokens().generation(), 3);
  EXPECT_THAT(loop_.All(), IsEmpty());
  EXPECT_THAT(Keys(other_loop_.All()), ElementsAre("a"));
}

// Loops may come here in another order than they wrote.
TEST_F(RecentResultsTest, AnEarlierResultThatComesLaterDoesNotCount) {
  loop_.Remember(Grant("a", 3));
  other_loop_.Remember(Grant("a", 2));
  EXPECT_EQ(loop_.MissingIn(Grant("a", 2))->grant.tokens().generation(), 3);
  LoadedGrant ended = Grant("b", 2);
  storage::v1::Grant revoked = ended.grant();
  revoked.set_ended_by_app(true);
  loop_.Remember({ended.key, std::make_shared<GrantSnapshot>(GrantSnapshot{revoked})});
  other_loop_.Remember(Grant("b", 3));
  EXPECT_TRUE(loop_.MissingIn(Grant("b", 3))->grant.ended_by_app());
}

TEST_F(RecentResultsTest, TheOldestGoFirst) {
  for (const char* key : {"a", "b", "c", "d"}) loop_.Remember(Grant(key, 2));
  EXPECT_THAT(Keys(loop_.All()), ElementsAre("b", "c", "d"));
  EXPECT_EQ(other_loop_.MissingIn(Grant("a", 1)), nullptr);
  clock_.Advance(RecentResults::kWindow + absl::Seconds(1));
  EXPECT_THAT(loop_.All(), IsEmpty());
  EXPECT_EQ(other_loop_.MissingIn(Grant("d", 1)), nullptr);
}

TEST_F(RecentResultsTest, AnOldMarkDropsNoNewerResult) {
  loop_.Remember(Grant("a", 2));
  clock_.Advance(RecentResults::kWindow - absl::Seconds(1));
  other_loop_.Remember(Grant("a", 3));
  clock_.Advance(absl::Seconds(2));
  EXPECT_NE(loop_.MissingIn(Grant("a", 2)), nullptr);
}

}  // namespace
}  // namespace evertoken
