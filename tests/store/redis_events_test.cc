#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/redis/redis_event_log.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/redis_fixture.h"

namespace evertoken {
namespace {

using testing::SizeIs;

const SlotKey kKey{"slot-one"};

class RedisEventsTest : public RedisFixture {
 protected:
  RedisEventsTest() {
    client_ =
        std::make_shared<RedisClient>(&loop_, std::make_shared<RedisOptions>(OptionsFor(server_)));
  }
  void TearDown() override {
    RedisFixture::TearDown();
    client_.reset();
  }

  void Append(uint64_t version, const std::string& event) {
    GrantWrite write = Write("tokens");
    write.events = {event};
    RedisStore store(client_);
    if (version == 1) {
      ASSERT_THAT(Run(store.CreateGrant(kKey, write)), IsOk());
    } else {
      ASSERT_THAT(Run(store.WriteGrant(kKey, version - 1, write)), IsOk());
    }
  }
  EventBatch Read(EventPosition after) {
    RedisEventLog log(client_);
    return *Run(log.Read(shard_, after, 100));
  }
  void AwaitServerTimeAfter(uint64_t milliseconds) {
    for (uint64_t seconds = 0, micros = 0; seconds * 1000 + micros / 1000 <= milliseconds;) {
      const std::vector<std::string> time = server_.Command({"TIME"});
      ASSERT_TRUE(absl::SimpleAtoi(time.at(0), &seconds));
      ASSERT_TRUE(absl::SimpleAtoi(time.at(1), &micros));
    }
  }

  RedisProcess server_;
  const int shard_ = RedisKeys::ShardOf(kKey);
  const std::string events_ = RedisKeys("evertoken:").Events(shard_);
  const std::string newest_ = RedisKeys("evertoken:").NewestEvent(shard_);
  std::shared_ptr<RedisClient> client_;
};

TEST_F(RedisEventsTest, ReplicaThatMissedEventsGivesNoPositionOutAgain) {
  Append(1, "one");
  const EventPosition kept = Read({}).newest;
  Append(2, "two");
  const EventPosition forgotten = Read({}).newest;
  // What a replica has that did not hear of the second event.
  const std::string first = absl::StrCat(kept.time, "-", kept.sequence);
  server_.Command({"DEL", events_});
  server_.Command({"XADD", events_, first, "p", "0-0", "a", "shop", "r", "one"});
  server_.Command({"SET", newest_, first});
  AwaitServerTimeAfter(forgotten.time);
  // Who has seen it is ahead of all there is, and misses nothing of what comes.
  EXPECT_LT(Read(forgotten).newest, forgotten);
  EXPECT_FALSE(Read(forgotten).lost);
  Append(3, "three");
  const EventBatch batch = Read(forgotten);
  ASSERT_THAT(batch.events, SizeIs(1));
  EXPECT_EQ(batch.events[0].record, "three");
  EXPECT_FALSE(batch.lost);
  EXPECT_FALSE(Read(kept).lost);
}

TEST_F(RedisEventsTest, EventsThatAreAllGoneAreMissed) {
  Append(1, "one");
  Append(2, "two");
  const EventPosition newest = Read({}).newest;
  server_.Command({"DEL", events_});
  EXPECT_TRUE(Read({}).lost);
  EXPECT_FALSE(Read(newest).lost);
  Append(3, "three");
  EXPECT_TRUE(Read({}).lost);
  EXPECT_FALSE(Read(newest).lost);
  EXPECT_EQ(Read(newest).events.at(0).record, "three");
}

TEST_F(RedisEventsTest, EventOfUnknownShapeIsUnavailable) {
  Append(1, "one");
  server_.Command({"XADD", events_, "*", "p", "many", "a", "shop", "r", "two"});
  RedisEventLog log(client_);
  EXPECT_THAT(Run(log.Read(shard_, {}, 100)), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace evertoken
