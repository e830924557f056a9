#include <chrono>
#include <deque>
#include <future>
#include <optional>
#include <string>

#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/redis_fixture.h"

namespace evertoken {
namespace {

const SlotKey kKey{"slot-one"};
const SlotKey kOther{"slot-two"};

// What a listener heard, in order.
class Heard {
 public:
  TokenStore::InvalidationListener listener() {
    return [this](const std::optional<SlotKey>& key) {
      absl::MutexLock lock(&mutex_);
      heard_.push_back(key.has_value() ? key->value : "everything");
    };
  }

  // Waits for the next; the limit is only a guard against hanging.
  std::string Next() {
    absl::MutexLock lock(&mutex_);
    const auto any = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !heard_.empty(); };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&any), absl::Minutes(2))) return "nothing";
    std::string first = heard_.front();
    heard_.pop_front();
    return first;
  }

 private:
  absl::Mutex mutex_;
  std::deque<std::string> heard_ ABSL_GUARDED_BY(mutex_);
};

class RedisTrackingTest : public RedisFixture {
 protected:
  RedisStore* Replica() {
    RedisStore* const store = NewStore(OptionsFor(server_));
    AwaitReady(store);
    return store;
  }
  // Hearing of this one proves that nothing was heard before it.
  void ChangeMark(RedisStore* reader, RedisStore* writer) {
    ASSERT_THAT(Run(writer->CreateGrant(kOther, Write("mark"))), IsOk());
    ASSERT_THAT(Run(reader->ReadGrant(kOther)), IsOk());
    ASSERT_THAT(Run(writer->WriteGrant(kOther, 1, Write("changed"))), IsOk());
  }

  RedisProcess server_;
  Heard heard_;
};

TEST_F(RedisTrackingTest, ChangeByAnotherReplicaIsHeard) {
  RedisStore* const reader = Replica();
  RedisStore* const writer = Replica();
  reader->SetInvalidationListener(heard_.listener());
  EXPECT_TRUE(reader->CanRemember());
  ASSERT_THAT(Run(writer->CreateGrant(kKey, Write("one"))), IsOk());

  ASSERT_THAT(Run(reader->ReadGrant(kKey)), IsOk());
  ASSERT_THAT(Run(writer->WriteGrant(kKey, 1, Write("two"))), IsOk());
  EXPECT_EQ(heard_.Next(), kKey.value);

  ASSERT_THAT(Run(reader->ReadGrant(kKey)), IsOk());
  const absl::StatusOr<RenewalLease> lease =
      Run(writer->BeginRenewal(kKey, "writer", absl::Minutes(1)));
  EXPECT_EQ(heard_.Next(), kKey.value);
  ASSERT_THAT(Run(reader->ReadGrant(kKey)), IsOk());
  ASSERT_THAT(Run(writer->CommitRenewal(kKey, lease->fence, 2, 0, Write("three"))), IsOk());
  EXPECT_EQ(heard_.Next(), kKey.value);
}

TEST_F(RedisTrackingTest, OwnChangeIsNotHeardAndKeepsTheGrantTracked) {
  RedisStore* const store = Replica();
  RedisStore* const other = Replica();
  store->SetInvalidationListener(heard_.listener());
  ASSERT_THAT(Run(store->CreateGrant(kKey, Write("one"))), IsOk());
  // What this store wrote it may remember without reading it back.
  ASSERT_THAT(Run(other->WriteGrant(kKey, 1, Write("two"))), IsOk());
  EXPECT_EQ(heard_.Next(), kKey.value);

  ASSERT_THAT(Run(store->WriteGrant(kKey, 2, Write("three"))), IsOk());
  ChangeMark(store, other);
  EXPECT_EQ(heard_.Next(), kOther.value);
  ASSERT_THAT(Run(other->WriteGrant(kKey, 3, Write("four"))), IsOk());
  EXPECT_EQ(heard_.Next(), kKey.value);

  const absl::StatusOr<RenewalLease> lease =
      Run(store->BeginRenewal(kKey, "store", absl::Minutes(1)));
  ASSERT_THAT(Run(store->CommitRenewal(kKey, lease->fence, 4, 0, Write("five"))), IsOk());
  ASSERT_THAT(Run(other->WriteGrant(kKey, 5, Write("six"))), IsOk());
  EXPECT_EQ(heard_.Next(), kKey.value);
}

TEST_F(RedisTrackingTest, TicketsAreNoNews) {
  RedisStore* const store = Replica();
  RedisStore* const other = Replica();
  store->SetInvalidationListener(heard_.listener());
  ASSERT_THAT(Run(other->PutTicket(kKey, "shop", "state", absl::Hours(1))), IsOk());
  ASSERT_THAT(Run(store->SpendTicket(kKey, "shop", absl::Hours(1))), IsOk());
  server_.Command({"DEL", RedisKeys("evertoken:").Ticket(kKey)});
  ChangeMark(store, other);
  EXPECT_EQ(heard_.Next(), kOther.value);
}

TEST_F(RedisTrackingTest, FlushedServerMeansForgetEverything) {
  RedisStore* const store = Replica();
  store->SetInvalidationListener(heard_.listener());
  ASSERT_THAT(Run(store->CreateGrant(kKey, Write("one"))), IsOk());
  server_.Command({"FLUSHALL"});
  EXPECT_EQ(heard_.Next(), "everything");
}

TEST_F(RedisTrackingTest, LostConnectionMeansForgetEverythingUntilItIsBack) {
  RedisStore* const store = Replica();
  store->SetInvalidationListener(heard_.listener());
  ASSERT_TRUE(store->CanRemember());
  server_.Kill();
  EXPECT_EQ(heard_.Next(), "everything");
  EXPECT_FALSE(store->CanRemember());
  server_.Start();
  AwaitReady(store);
  EXPECT_TRUE(store->CanRemember());
}

// Nobody asks anything meanwhile, and the connection stays open: as when a gateway forgot it.
TEST_F(RedisTrackingTest, IdleConnectionNoticesAServerThatFellSilent) {
  RedisOptions options = OptionsFor(server_);
  options.operation_timeout = absl::Milliseconds(500);
  RedisStore* const store = NewStore(std::move(options));
  AwaitReady(store);
  store->SetInvalidationListener(heard_.listener());
  ASSERT_TRUE(store->CanRemember());
  server_.Freeze();
  EXPECT_EQ(heard_.Next(), "everything");
  EXPECT_FALSE(store->CanRemember());
  server_.Thaw();
  AwaitReady(store);
  EXPECT_TRUE(store->CanRemember());
}

// Its reply proves that the server lives, whatever it says.
TEST_F(RedisTrackingTest, HeartbeatThatTheServerRefusesIsAnAnswer) {
  server_.Command({"ACL", "SETUSER", "plain", "on", ">secret", "~*", "&*", "+@all", "-ping"});
  RedisOptions options = OptionsFor(server_);
  options.username = "plain";
  options.password = Secret("secret");
  RedisStore* const store = NewStore(std::move(options));
  store->SetInvalidationListener(heard_.listener());
  ASSERT_THAT(Run(store->CreateGrant(kKey, Write("one"))), IsOk());
  const auto refused = [this] {
    for (const std::string& text : server_.Command({"ACL", "LOG"}))
      if (text == "ping") return true;
    return false;
  };
  const absl::Time deadline = absl::Now() + absl::Minutes(2);
  while (!refused() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_TRUE(refused());
  EXPECT_TRUE(store->CanRemember());
}

TEST_F(RedisTrackingTest, NothingIsRememberedWithoutNearCache) {
  RedisOptions options = OptionsFor(server_);
  options.near_cache = false;
  RedisStore* const store = NewStore(std::move(options));
  AwaitReady(store);
  EXPECT_FALSE(store->CanRemember());
}

Task<bool> WaitForChange(TokenStore* store) {
  co_await store->AwaitChange(kKey, absl::Hours(9));
  co_return true;
}

TEST_F(RedisTrackingTest, WaitersAreWokenWithoutNearCacheToo) {
  RedisOptions options = OptionsFor(server_);
  options.near_cache = false;
  RedisStore* const reader = NewStore(std::move(options));
  RedisStore* const writer = Replica();
  ASSERT_THAT(Run(writer->CreateGrant(kKey, Write("one"))), IsOk());
  std::future<bool> waiter = Start(WaitForChange(reader));
  // Behind the waiter on its connection.
  AwaitReady(reader);
  ASSERT_THAT(Run(writer->WriteGrant(kKey, 1, Write("two"))), IsOk());
  EXPECT_EQ(waiter.wait_for(std::chrono::minutes(2)), std::future_status::ready);
  // It is not remembered.
  EXPECT_FALSE(reader->CanRemember());
}

TEST_F(RedisTrackingTest, ServerThatRefusesTrackingIsUsedWithoutRemembering) {
  server_.Command(
      {"ACL", "SETUSER", "plain", "on", ">secret", "~*", "&*", "+@all", "-client|tracking"});
  RedisOptions options = OptionsFor(server_);
  options.username = "plain";
  options.password = Secret("secret");
  RedisStore* const store = NewStore(std::move(options));
  AwaitReady(store);
  EXPECT_FALSE(store->CanRemember());
  EXPECT_THAT(Run(store->CreateGrant(kKey, Write("one"))), IsOk());
}

}  // namespace
}  // namespace evertoken
