#include "server/store/redis/redis_store.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/redis_fixture.h"

namespace evertoken {
namespace {

using testing::UnorderedElementsAre;

const SlotKey kKey{"slot-one"};

class RedisStoreTest : public RedisFixture {
 protected:
  const RedisKeys keys_{"evertoken:"};
  const std::string grant_ = keys_.Grant(kKey);
  const int shard_ = RedisKeys::ShardOf(kKey);
  RedisProcess server_;
  RedisStore* const store_ = NewStore(OptionsFor(server_));
};

TEST_F(RedisStoreTest, EveryKeyHasATtlAndAGrantsKeysShareAHashSlot) {
  GrantWrite write = Write("one");
  write.due_in = absl::Minutes(30);
  write.events = {"signed in"};
  ASSERT_THAT(Run(store_->CreateGrant(kKey, write)), IsOk());
  ASSERT_THAT(Run(store_->PutTicket(kKey, "shop", "state", absl::Hours(1))), IsOk());
  ASSERT_THAT(Run(store_->Ping()), IsOk());
  ASSERT_TRUE(Run(store_->BeginRenewal(kKey, "me", absl::Hours(9)))->acquired);
  const std::vector<std::string> keys = server_.Command({"KEYS", "*"});
  EXPECT_THAT(keys,
              UnorderedElementsAre(grant_, keys_.Due(shard_), keys_.Events(shard_),
                                   keys_.NewestEvent(shard_), keys_.Ticket(kKey), keys_.Ping()));
  for (const std::string& key : keys) {
    int64_t left = 0;
    ASSERT_TRUE(absl::SimpleAtoi(server_.Command({"PTTL", key})[0], &left));
    EXPECT_GT(left, 0) << key;
    if (key == grant_) {
      EXPECT_LE(left, absl::ToInt64Milliseconds(absl::Hours(1)));
    }
    const bool is_grants = key != keys_.Ticket(kKey) && key != keys_.Ping();
    if (!is_grants) continue;
    EXPECT_THAT(key, testing::HasSubstr(absl::StrFormat("{%02d}", shard_)));
  }
}

// As it arrives from a connection that was given up.
TEST_F(RedisStoreTest, ALateBeginningOfAnAttemptThatIsOverOpensNone) {
  ASSERT_THAT(Run(store_->CreateGrant(kKey, Write("one"))), IsOk());
  const auto first = Run(store_->BeginRenewal(kKey, "first", absl::Hours(1)));
  ASSERT_THAT(Run(store_->CommitRenewal(kKey, first->fence, 1, 0, Write("two"))), IsOk());
  EXPECT_THAT(Run(store_->BeginRenewal(kKey, "first", absl::Hours(1))),
              StatusIs(absl::StatusCode::kAborted));
  const auto second = Run(store_->BeginRenewal(kKey, "second", absl::Hours(1)));
  ASSERT_TRUE(second->acquired);
  EXPECT_FALSE(second->slot.open_attempt.has_value());
  ASSERT_THAT(Run(store_->AbandonRenewal(kKey, second->fence)), IsOk());
  EXPECT_THAT(Run(store_->BeginRenewal(kKey, "second", absl::Hours(1))),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_FALSE(Run(store_->ReadGrant(kKey))->open_attempt.has_value());
}

TEST_F(RedisStoreTest, VersionsBeyondADoublesPrecisionAreToldApart) {
  ASSERT_THAT(Run(store_->CreateGrant(kKey, Write("one"))), IsOk());
  server_.Command({"HSET", grant_, "v", "9007199254740993", "f", "9007199254740993"});
  EXPECT_EQ(Run(store_->ReadGrant(kKey))->version, 9007199254740993u);
  EXPECT_THAT(Run(store_->WriteGrant(kKey, 9007199254740992u, Write("two"))),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Run(store_->WriteGrant(kKey, 9007199254740993u, Write("two"))),
              IsOkAndHolds(9007199254740994u));
  const absl::StatusOr<RenewalLease> lease =
      Run(store_->BeginRenewal(kKey, "me", absl::Minutes(1)));
  EXPECT_EQ(lease->fence, 9007199254740994u);
  EXPECT_THAT(Run(store_->AbandonRenewal(kKey, 9007199254740995u)),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Run(store_->CommitRenewal(kKey, lease->fence, 9007199254740994u, 0, Write("three"))),
              IsOkAndHolds(9007199254740995u));
}

TEST_F(RedisStoreTest, ServerThatForgotTheScriptsIsToldThemAgain) {
  ASSERT_THAT(Run(store_->CreateGrant(kKey, Write("one"))), IsOk());
  server_.Command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(Run(store_->ReadGrant(kKey))->record, "one");
  EXPECT_THAT(Run(store_->WriteGrant(kKey, 1, Write("two"))), IsOkAndHolds(2u));
}

TEST_F(RedisStoreTest, OneCommandAnOperation) {
  ASSERT_THAT(Run(store_->CreateGrant(kKey, Write("one"))), IsOk());
  ASSERT_THAT(Run(store_->ReadGrant(kKey)), IsOk());
  server_.Command({"CONFIG", "RESETSTAT"});
  for (int i = 0; i < 10; ++i) ASSERT_THAT(Run(store_->ReadGrant(kKey)), IsOk());
  std::string calls;
  for (const std::string& line : server_.Command({"INFO", "commandstats"})) calls += line;
  EXPECT_THAT(calls, testing::HasSubstr("cmdstat_evalsha:calls=10,"));
  EXPECT_THAT(calls, testing::Not(testing::HasSubstr("cmdstat_eval:")));
}

TEST_F(RedisStoreTest, FullServerIsUnavailableAndChangesNothing) {
  ASSERT_THAT(Run(store_->CreateGrant(kKey, Write("one"))), IsOk());
  server_.Command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_THAT(Run(store_->WriteGrant(kKey, 1, Write("two"))),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Run(store_->BeginRenewal(kKey, "me", absl::Minutes(1))),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Run(store_->Ping()),
              StatusIs(absl::StatusCode::kUnavailable, testing::HasSubstr("out of memory")));
  server_.Command({"CONFIG", "SET", "maxmemory", "0"});
  const absl::StatusOr<GrantSlot> slot = Run(store_->ReadGrant(kKey));
  ASSERT_THAT(slot, IsOk());
  EXPECT_EQ(slot->record, "one");
  EXPECT_FALSE(slot->open_attempt.has_value());
}

TEST_F(RedisStoreTest, ServerThatBecameFullStillTakesTheOutcomeOfARenewal) {
  ASSERT_THAT(Run(store_->CreateGrant(kKey, Write("one"))), IsOk());
  const uint64_t fence = Run(store_->BeginRenewal(kKey, "me", absl::Minutes(1)))->fence;
  server_.Command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_THAT(Run(store_->CommitRenewal(kKey, fence, 1, 0, Write("two"))), IsOkAndHolds(2u));
}

TEST_F(RedisStoreTest, GrantOfUnknownShapeIsUnavailableAndKept) {
  server_.Command({"HSET", grant_, "a", "shop", "r", "one", "v", "many"});
  EXPECT_THAT(Run(store_->ReadGrant(kKey)), StatusIs(absl::StatusCode::kUnavailable));
  server_.Command({"SET", keys_.Ticket(kKey), "no hash"});
  EXPECT_THAT(Run(store_->SpendTicket(kKey, "shop", absl::Hours(1))),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server_.Command({"EXISTS", grant_, keys_.Ticket(kKey)})[0], "2");
}

TEST_F(RedisStoreTest, DatabaseAndPrefixAreThoseConfigured) {
  RedisOptions options = OptionsFor(server_);
  options.database = 3;
  options.key_prefix = "other/";
  RedisStore* const store = NewStore(std::move(options));
  ASSERT_THAT(Run(store->CreateGrant(kKey, Write("one"))), IsOk());
  EXPECT_THAT(server_.Command({"KEYS", "*"}), testing::IsEmpty());
  EXPECT_EQ(
      server_.Command({"EVAL", "redis.call('SELECT', 3) return redis.call('KEYS', '*')", "0"})[0],
      RedisKeys("other/").Grant(kKey));
}

}  // namespace
}  // namespace evertoken
