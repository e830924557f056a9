#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/redis_fixture.h"

namespace evertoken {
namespace {

using testing::HasSubstr;

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;
const SlotKey kKey{"slot-one"};

class RedisSentinelTest : public RedisFixture {
 protected:
  static RedisProcess::Options SentinelOf(const RedisProcess& master) {
    RedisProcess::Options options;
    options.sentinel_of = master.port();
    return options;
  }

  static RedisOptions Through(const std::vector<RedisEndpoint>& sentinels) {
    RedisOptions options;
    options.operation_timeout = absl::Seconds(30);
    options.sentinels = sentinels;
    options.sentinel_master = "shop";
    return options;
  }

  RedisProcess master_{MasterSettings()};
};

TEST_F(RedisSentinelTest, MasterIsWhereASentinelSays) {
  RedisProcess sentinel(SentinelOf(master_));
  RedisProcess dead(SentinelOf(master_));
  dead.Kill();
  RedisStore* const store = NewStore(Through(
      {{"no-such-host.invalid", 1}, {"127.0.0.1", dead.port()}, {"localhost", sentinel.port()}}));
  ASSERT_THAT(Run(store->CreateGrant(kKey, Write("one"))), IsOk());
  EXPECT_EQ(master_.Command({"EXISTS", RedisKeys("evertoken:").Grant(kKey)})[0], "1");
}

TEST_F(RedisSentinelTest, UnknownNameIsTold) {
  RedisProcess sentinel(SentinelOf(master_));
  RedisOptions options = Through({{"127.0.0.1", sentinel.port()}});
  options.sentinel_master = "another";
  EXPECT_THAT(Run(NewStore(options)->Ping()),
              StatusIs(kUnavailable, HasSubstr("do not know a master")));
}

TEST_F(RedisSentinelTest, SentinelsThatAreAllGoneAreToldAndUsedOnceOneIsBack) {
  RedisProcess sentinel(SentinelOf(master_));
  sentinel.Kill();
  RedisStore* const store = NewStore(Through({{"127.0.0.1", sentinel.port()}}));
  EXPECT_THAT(Run(store->Ping()), StatusIs(kUnavailable, HasSubstr("no Sentinel")));
  sentinel.Start();
  AwaitReady(store);
}

TEST_F(RedisSentinelTest, SentinelThatHangsIsNotWaitedForForEver) {
  RedisProcess sentinel(SentinelOf(master_));
  sentinel.Freeze();
  RedisOptions options = Through({{"127.0.0.1", sentinel.port()}});
  options.operation_timeout = absl::Milliseconds(200);
  EXPECT_THAT(Run(NewStore(options)->Ping()), StatusIs(kUnavailable));
  sentinel.Thaw();
}

TEST_F(RedisSentinelTest, StoreFollowsAFailover) {
  RedisProcess replica(ReplicaOf(master_));
  ASSERT_EQ(master_.Command({"WAIT", "1", "0"})[0], "1");
  RedisProcess sentinel(SentinelOf(master_));
  RedisStore* const store = NewStore(Through({{"127.0.0.1", sentinel.port()}}));
  std::atomic<int> reconnects{0};
  store->SetReconnectListener([&reconnects] { ++reconnects; });
  ASSERT_THAT(Run(store->CreateGrant(kKey, Write("one"))), IsOk());
  const uint64_t fence = Run(store->BeginRenewal(kKey, "me", absl::Minutes(9)))->fence;
  // It can only promote what it knows, and only what is there is there afterwards. The limit is a guard against hanging.
  const std::string name = RedisKeys("evertoken:").Grant(kKey);
  const absl::Time deadline = absl::Now() + absl::Minutes(1);
  while (absl::Now() < deadline && (sentinel.Command({"SENTINEL", "REPLICAS", "shop"}).empty() ||
                                    replica.Command({"HGET", name, "o"})[0] != "me")) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(reconnects, 0);

  master_.Kill();
  AwaitReady(store);
  EXPECT_GE(reconnects, 1);
  EXPECT_EQ(Run(store->ReadGrant(kKey))->record, "one");
  EXPECT_THAT(Run(store->CommitRenewal(kKey, fence, 1, 0, Write("two"))), IsOkAndHolds(2u));
  EXPECT_EQ(replica.Command({"HGET", name, "r"})[0], "two");
}

}  // namespace
}  // namespace evertoken
