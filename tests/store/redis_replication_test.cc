#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/redis_fixture.h"

namespace evertoken {
namespace {

using testing::HasSubstr;

constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;
const SlotKey kKey{"slot-one"};

class RedisReplicationTest : public RedisFixture {
 protected:
  RedisStore* StoreWithReplicas(int replicas, absl::Duration timeout) {
    RedisOptions options = OptionsFor(master_);
    options.wait_replicas = replicas;
    options.wait_timeout = timeout;
    return NewStore(std::move(options));
  }

  // Returns when a replica has everything that was written.
  void AwaitReplica() { EXPECT_EQ(master_.Command({"WAIT", "1", "0"})[0], "1"); }

  int CountWaits() {
    const std::string stats = master_.Command({"INFO", "commandstats"})[0];
    for (absl::string_view line : absl::StrSplit(stats, "\r\n")) {
      const std::vector<std::string> parts = absl::StrSplit(line, absl::ByAnyChar("=,"));
      int calls = 0;
      if (parts[0] == "cmdstat_wait:calls" && absl::SimpleAtoi(parts[1], &calls)) return calls;
    }
    return 0;
  }

  RedisProcess master_{MasterSettings()};
};

TEST_F(RedisReplicationTest, StepsOfARenewalAreOnTheReplicaOnceTheyAreDone) {
  RedisProcess replica(ReplicaOf(master_));
  AwaitReplica();
  RedisStore* const store = StoreWithReplicas(1, absl::Seconds(10));
  const std::string name = RedisKeys("evertoken:").Grant(kKey);
  ASSERT_THAT(Run(store->CreateGrant(kKey, Write("one"))), IsOk());
  EXPECT_EQ(replica.Command({"HGET", name, "r"})[0], "one");
  const absl::StatusOr<RenewalLease> lease = Run(store->BeginRenewal(kKey, "me", absl::Minutes(1)));
  ASSERT_THAT(lease, IsOk());
  EXPECT_EQ(replica.Command({"HGET", name, "o"})[0], "me");
  ASSERT_THAT(Run(store->PresentAgain(kKey, lease->fence, absl::Minutes(1))), IsOk());
  EXPECT_EQ(replica.Command({"HGET", name, "al"})[0], "2");
  ASSERT_THAT(Run(store->CommitRenewal(kKey, lease->fence, 1, 0, Write("two"))), IsOkAndHolds(2u));
  EXPECT_EQ(replica.Command({"HGET", name, "r"})[0], "two");
}

TEST_F(RedisReplicationTest, TooFewReplicasAreUnavailableAndWhatWasDoneCanBeAskedAgain) {
  RedisStore* const store = StoreWithReplicas(1, absl::Milliseconds(10));
  EXPECT_THAT(Run(store->CreateGrant(kKey, Write("one"))),
              StatusIs(kUnavailable, HasSubstr("replicas")));
  EXPECT_EQ(Run(store->ReadGrant(kKey))->record, "one");
  EXPECT_THAT(Run(store->BeginRenewal(kKey, "me", absl::Minutes(9))), StatusIs(kUnavailable));
  // What changes nothing, and what a failover may forget, needs nobody.
  const absl::StatusOr<RenewalLease> held = Run(store->BeginRenewal(kKey, "you", absl::Minutes(9)));
  ASSERT_THAT(held, IsOk());
  EXPECT_FALSE(held->acquired);
  EXPECT_THAT(Run(store->WriteGrant(kKey, 1, Write("two"))), IsOkAndHolds(2u));

  RedisProcess replica(ReplicaOf(master_));
  AwaitReplica();
  RedisStore* const patient = StoreWithReplicas(1, absl::Seconds(10));
  const absl::StatusOr<RenewalLease> lease =
      Run(patient->BeginRenewal(kKey, "me", absl::Minutes(9)));
  ASSERT_THAT(lease, IsOk());
  EXPECT_TRUE(lease->acquired);
  EXPECT_FALSE(lease->slot.open_attempt.has_value());
  EXPECT_THAT(Run(patient->CommitRenewal(kKey, lease->fence, 2, 0, Write("three"))),
              IsOkAndHolds(3u));
}

TEST_F(RedisReplicationTest, StepsAtTheSameTimeShareAConfirmation) {
  RedisStore* const store = StoreWithReplicas(1, absl::Milliseconds(100));
  AwaitReady(store);
  std::vector<std::future<absl::Status>> creations;
  for (int i = 0; i < 200; ++i)
    creations.push_back(Start(store->CreateGrant({absl::StrCat(i)}, Write("one"))));
  for (std::future<absl::Status>& created : creations)
    EXPECT_THAT(created.get(), StatusIs(kUnavailable));
  EXPECT_GT(CountWaits(), 0);
  EXPECT_LT(CountWaits(), 20);
}

TEST_F(RedisReplicationTest, NobodyWaitsForALostConnection) {
  RedisStore* const store = StoreWithReplicas(1, absl::Seconds(15));
  AwaitReady(store);
  // So that the server knows the script.
  ASSERT_THAT(Run(NewStore(OptionsFor(master_))->CreateGrant({"other"}, Write("one"))), IsOk());
  std::future<absl::Status> created = Start(store->CreateGrant(kKey, Write("one")));
  const std::string name = RedisKeys("evertoken:").Grant(kKey);
  while (master_.Command({"EXISTS", name})[0] != "1") continue;
  master_.Kill();
  ASSERT_EQ(created.wait_for(std::chrono::minutes(2)), std::future_status::ready);
  EXPECT_THAT(created.get(), StatusIs(kUnavailable));
}

TEST_F(RedisReplicationTest, NothingIsWaitedForByDefault) {
  RedisStore* const store = NewStore(OptionsFor(master_));
  ASSERT_THAT(Run(store->CreateGrant(kKey, Write("one"))), IsOk());
  EXPECT_EQ(CountWaits(), 0);
}

}  // namespace
}  // namespace evertoken
