// Watches of two replicas on one Redis.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "evertoken/storage/v1/grant_event.pb.h"
#include "server/base/clock.h"
#include "server/broker/event_watch.h"
#include "server/store/key_ring.h"
#include "server/store/redis/redis_event_log.h"
#include "server/store/sealing_event_log.h"
#include "server/store/sealing_store.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/redis_fixture.h"

namespace evertoken {
namespace {

constexpr int kGrants = 20;

// Wants so many events and no more.
class CountingSink final : public EventSink {
 public:
  explicit CountingSink(size_t wanted) : wanted_(wanted) {}
  Task<bool> Write(v1::WatchGrantEventsResponse response) override {
    cursor = response.cursor();
    if (response.type() != v1::GRANT_EVENT_TYPE_UNSPECIFIED)
      told.push_back({response.grant_id(), response.failure_reason()});
    co_return told.size() < wanted_;
  }
  void SetCloseListener(std::function<void()>) override {}

  std::vector<std::pair<std::string, std::string>> told;
  std::string cursor;

 private:
  const size_t wanted_;
};

class WatchRedisTest : public RedisFixture {
 protected:
  struct Replica {
    std::unique_ptr<SealingStore> store;
    std::unique_ptr<SealingEventLog> log;
    std::unique_ptr<EventTail> tail;
  };

  WatchRedisTest() {
    for (Replica& replica : replicas_) {
      const auto client = std::make_shared<RedisClient>(
          &loop_, std::make_shared<RedisOptions>(OptionsFor(server_)));
      replica.store =
          std::make_unique<SealingStore>(std::make_unique<RedisStore>(client), keys_.get());
      replica.log =
          std::make_unique<SealingEventLog>(std::make_unique<RedisEventLog>(client), keys_.get());
      replica.tail = std::make_unique<EventTail>(&loop_, replica.log.get());
    }
  }
  void TearDown() override {
    for (Replica& replica : replicas_) Run(UntilIdle(replica.tail.get()));
    RedisFixture::TearDown();
    for (Replica& replica : replicas_) replica = Replica();
  }

  static Task<bool> UntilIdle(EventTail* tail) {
    while (tail->following()) co_await Delay(absl::Milliseconds(5));
    co_return true;
  }

  static Task<absl::Status> Watch(EventWatch::Parts parts, std::string cursor,
                                  std::shared_ptr<CountingSink> sink) {
    EventWatch watch(parts, "shop", std::move(sink));
    absl::Status ended = co_await watch.Run(std::move(cursor));
    co_return ended;
  }
  std::future<absl::Status> Begin(int replica, std::string cursor,
                                  std::shared_ptr<CountingSink> sink) {
    return Start(Watch({&loop_, replicas_[replica].tail.get(), keys_.get(), &clock_},
                       std::move(cursor), std::move(sink)));
  }

  // The next event of each grant, written by one replica or the other.
  void HappenToAll(int round) {
    for (int grant = 0; grant < kGrants; ++grant) {
      storage::v1::GrantEvent event;
      event.set_grant_id(absl::StrCat(grant));
      event.set_type(v1::GRANT_EVENT_TYPE_FAILING);
      event.set_failure_reason(absl::StrCat(round));
      GrantWrite write{"shop", "tokens", absl::Hours(1)};
      write.events = {event.SerializeAsString()};
      TokenStore* const store = replicas_[(grant + round) % 2].store.get();
      const SlotKey key{absl::StrCat("slot-", grant)};
      if (round == 0) {
        ASSERT_THAT(Run(store->CreateGrant(key, write)), IsOk());
      } else {
        const uint64_t version = Run(store->ReadGrant(key))->version;
        ASSERT_THAT(Run(store->WriteGrant(key, version, write)), IsOk());
      }
    }
  }

  // All events of these rounds, each once, each grant's in order.
  static void ExpectRounds(const CountingSink& sink, int first, int last) {
    std::map<std::string, std::vector<std::string>> of_grant;
    for (const auto& [grant, round] : sink.told) of_grant[grant].push_back(round);
    std::vector<std::string> rounds;
    for (int round = first; round <= last; ++round) rounds.push_back(absl::StrCat(round));
    EXPECT_EQ(of_grant.size(), static_cast<size_t>(kGrants));
    for (const auto& [grant, told] : of_grant) EXPECT_EQ(told, rounds) << grant;
  }

  RedisProcess server_;
  SystemClock clock_;
  const std::unique_ptr<KeyRing> keys_ = *KeyRing::New(KeyRing::Generate("k1"));
  Replica replicas_[2];
};

TEST_F(WatchRedisTest, EitherReplicaTellsOfBothAndGoesOnWhereTheOtherEnded) {
  const std::string beginning = EncodeCursor(*keys_, "shop", EventPositions(RedisKeys::kShards));
  auto first = std::make_shared<CountingSink>(3 * kGrants);
  std::future<absl::Status> watching = Begin(0, beginning, first);
  for (int round = 0; round < 3; ++round) HappenToAll(round);
  EXPECT_THAT(watching.get(), StatusIs(absl::StatusCode::kCancelled));
  ExpectRounds(*first, 0, 2);

  // Written while nobody watched, and while the other replica does.
  HappenToAll(3);
  auto second = std::make_shared<CountingSink>(2 * kGrants);
  watching = Begin(1, first->cursor, second);
  HappenToAll(4);
  EXPECT_THAT(watching.get(), StatusIs(absl::StatusCode::kCancelled));
  ExpectRounds(*second, 3, 4);
}

TEST_F(WatchRedisTest, AStreamOutlivesTheDeathOfRedis) {
  const std::string beginning = EncodeCursor(*keys_, "shop", EventPositions(RedisKeys::kShards));
  auto sink = std::make_shared<CountingSink>(2 * kGrants);
  std::future<absl::Status> watching = Begin(0, beginning, sink);
  HappenToAll(0);
  server_.Kill();
  server_.Start();
  for (const Replica& replica : replicas_) Run(UntilReady(replica.store.get()));
  HappenToAll(1);
  EXPECT_THAT(watching.get(), StatusIs(absl::StatusCode::kCancelled));
  ExpectRounds(*sink, 0, 1);
}

TEST_F(WatchRedisTest, ACursorOlderThanWhatIsKeptIsAnsweredWithAReason) {
  HappenToAll(0);
  HappenToAll(1);
  const std::string beginning = EncodeCursor(*keys_, "shop", EventPositions(RedisKeys::kShards));
  const RedisKeys keys("evertoken:");
  for (int shard = 0; shard < RedisKeys::kShards; ++shard)
    server_.Command({"XTRIM", keys.Events(shard), "MAXLEN", "1"});
  auto sink = std::make_shared<CountingSink>(1000);
  EXPECT_THAT(Begin(0, beginning, sink).get(), HasReason(v1::ERROR_REASON_EVENTS_LOST));
}

}  // namespace
}  // namespace evertoken
