#include <future>
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
using testing::SizeIs;

constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;

std::vector<std::string> RecordsOf(const std::vector<StoredEvent>& events) {
  std::vector<std::string> records;
  for (const StoredEvent& event : events) records.push_back(event.record);
  return records;
}

TEST_P(StoreEvents, NothingHasHappenedYet) {
  MakeGrant("without events");
  for (int shard = 0; shard < events()->shards(); ++shard) {
    const absl::StatusOr<EventBatch> batch = Run(events()->Read(shard, {}, 10));
    ASSERT_THAT(batch, IsOk());
    EXPECT_THAT(batch->events, IsEmpty());
    EXPECT_FALSE(batch->lost);
    EXPECT_EQ(batch->newest, EventPosition());
  }
}

TEST_P(StoreEvents, EveryWriteAppendsItsEventsInOrder) {
  const SlotKey key = NewKey();
  ASSERT_THAT(Run(store()->CreateGrant(key, WithEvents({"created"}))), IsOk());
  ASSERT_THAT(Run(store(1)->WriteGrant(key, 1, WithEvents({"a", "b", "c"})), 1), IsOk());
  const uint64_t fence = Begin(key)->fence;
  ASSERT_THAT(Run(store()->CommitRenewal(key, fence, 2, 0, WithEvents({"renewed", "expiring"}))),
              IsOk());
  for (size_t replica = 0; replica < kReplicas; ++replica) {
    const std::vector<StoredEvent> all = ReadAll(replica);
    ASSERT_THAT(RecordsOf(all), ElementsAre("created", "a", "b", "c", "renewed", "expiring"));
    EventPosition last;
    for (const StoredEvent& event : all) {
      EXPECT_EQ(event.app, "shop");
      EXPECT_GT(event.position, last);
      last = event.position;
    }
  }
}

TEST_P(StoreEvents, RefusedWriteAppendsNothing) {
  const SlotKey key = MakeGrant("tokens");
  const uint64_t fence = Begin(key)->fence;
  const GrantWrite write = WithEvents({"never happened"});
  EXPECT_THAT(Run(store()->CreateGrant(key, write)), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Run(store()->WriteGrant(key, 2, write)), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->WriteGrant(NewKey(), 1, write)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence + 1, 1, 0, write)), StatusIs(kAborted));
  EXPECT_THAT(Run(store()->CommitRenewal(key, fence, 2, 0, write)), StatusIs(kAborted));
  EXPECT_THAT(ReadAll(), IsEmpty());
}

TEST_P(StoreEvents, RecordsComeBackByteForByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const SlotKey key = NewKey();
  GrantWrite write = WithEvents({bytes, std::string("\0", 1), std::string(100000, 'x')});
  write.app = "other-app";
  ASSERT_THAT(Run(store()->CreateGrant(key, write)), IsOk());
  const std::vector<StoredEvent> all = ReadAll();
  EXPECT_EQ(RecordsOf(all), write.events);
  EXPECT_EQ(all.front().app, "other-app");
}

TEST_P(StoreEvents, ManyGrantsEventsAreReadPageByPage) {
  MakeGrants(std::vector<GrantWrite>(200, WithEvents({"event"})));
  EXPECT_THAT(ReadAll(0, 3), SizeIs(200));
  EXPECT_THAT(ReadAll(1, 1000), SizeIs(200));
}

TEST_P(StoreEvents, NewestIsWhereReadingEnds) {
  const SlotKey key = NewKey();
  ASSERT_THAT(Run(store()->CreateGrant(key, WithEvents({"a", "b", "c", "d"}))), IsOk());
  for (int shard = 0; shard < events()->shards(); ++shard) {
    const absl::StatusOr<EventBatch> first = Run(events()->Read(shard, {}, 2));
    if (first->events.empty()) continue;
    EXPECT_THAT(RecordsOf(first->events), ElementsAre("a", "b"));
    const absl::StatusOr<EventBatch> second =
        Run(events()->Read(shard, first->events.back().position, 2));
    EXPECT_THAT(RecordsOf(second->events), ElementsAre("c", "d"));
    EXPECT_EQ(second->newest, first->newest);
    EXPECT_EQ(second->events.back().position, first->newest);
    EXPECT_FALSE(second->lost);
    for (const EventPosition& end : {first->newest, EventPosition{~uint64_t{0}, ~uint64_t{0}}}) {
      const absl::StatusOr<EventBatch> nothing = Run(events()->Read(shard, end, 2));
      ASSERT_THAT(nothing, IsOk());
      EXPECT_THAT(nothing->events, IsEmpty());
      EXPECT_FALSE(nothing->lost && end == first->newest);
      EXPECT_EQ(nothing->newest, first->newest);
    }
  }
}

// Appends so many events that the first ones go, and knows where each was.
TEST_P(StoreEvents, GapIsToldExactly) {
  const SlotKey key = MakeGrant("tokens");
  std::vector<StoredEvent> known;
  int shard = -1;
  std::vector<std::string> burst;
  for (int i = 0; i < 1000; ++i) burst.push_back("event");
  for (uint64_t version = 1; version < 200; ++version) {
    ASSERT_THAT(Run(store()->WriteGrant(key, version, WithEvents(burst))), IsOk());
    for (int i = 0; shard < 0 && i < events()->shards(); ++i) {
      if (!Run(events()->Read(i, {}, 1))->events.empty()) shard = i;
    }
    ASSERT_GE(shard, 0);
    const EventPosition after = known.empty() ? EventPosition() : known.back().position;
    absl::StatusOr<EventBatch> batch = Run(events()->Read(shard, after, 1000));
    if (batch->lost) break;
    ASSERT_THAT(batch->events, SizeIs(1000));
    std::move(batch->events.begin(), batch->events.end(), std::back_inserter(known));
    if (Run(events()->Read(shard, known.front().position, 1))->lost) break;
  }
  const absl::StatusOr<EventBatch> kept = Run(events()->Read(shard, {}, 1));
  ASSERT_THAT(kept->events, SizeIs(1));
  ASSERT_TRUE(kept->lost);
  const EventPosition oldest = kept->events.front().position;
  size_t gone = 0;
  while (gone < known.size() && known[gone].position < oldest) ++gone;
  ASSERT_GE(gone, 2u);
  // Who has seen the last that is gone has missed nothing; who has not, has.
  const absl::StatusOr<EventBatch> whole = Run(events()->Read(shard, known[gone - 1].position, 1));
  EXPECT_FALSE(whole->lost);
  EXPECT_EQ(whole->events.front().position, oldest);
  EXPECT_TRUE(Run(events()->Read(shard, known[gone - 2].position, 1))->lost);
}

Task<int> ReadUntil(EventLog* log, int wanted) {
  std::vector<EventPosition> read(log->shards());
  for (int count = 0;;) {
    for (int shard = 0; shard < log->shards(); ++shard) {
      const absl::StatusOr<EventBatch> batch = co_await log->Read(shard, read[shard], 100);
      if (!batch.ok() || batch->lost) co_return -1;
      count += static_cast<int>(batch->events.size());
      if (!batch->events.empty()) read[shard] = batch->events.back().position;
    }
    if (count >= wanted) co_return count;
    co_await log->AwaitEvents(absl::Hours(9));
  }
}

TEST_P(StoreEvents, ReadersOfAllReplicasAreWoken) {
  std::vector<std::future<int>> readers;
  for (size_t replica = 0; replica < kReplicas; ++replica)
    readers.push_back(Start(replica, ReadUntil(events(replica), 60)));
  for (int i = 0; i < 60; ++i) {
    const size_t replica = i % kReplicas;
    ASSERT_THAT(Run(store(replica)->CreateGrant(NewKey(), WithEvents({"event"})), replica), IsOk());
  }
  for (std::future<int>& reader : readers) {
    ASSERT_TRUE(EndsSoon(&reader));
    EXPECT_EQ(reader.get(), 60);
  }
}

Task<bool> WaitOnce(EventLog* log, absl::Duration at_most) {
  co_await log->AwaitEvents(at_most);
  co_return true;
}

TEST_P(StoreEvents, NobodyWaitsLongerThanAsked) {
  std::future<bool> waiter = Start(1, WaitOnce(events(1), absl::Milliseconds(5)));
  EXPECT_TRUE(EndsSoon(&waiter));
}

}  // namespace

GrantWrite StoreEvents::WithEvents(std::vector<std::string> events) {
  GrantWrite write = Write("tokens");
  write.events = std::move(events);
  return write;
}

std::vector<StoredEvent> StoreEvents::ReadAll(size_t replica, int limit) {
  std::vector<StoredEvent> all;
  for (int shard = 0; shard < events(replica)->shards(); ++shard) {
    EventPosition after;
    for (bool more = true; more;) {
      absl::StatusOr<EventBatch> batch = Run(events(replica)->Read(shard, after, limit), replica);
      EXPECT_THAT(batch, IsOk());
      if (!batch.ok()) return all;
      EXPECT_FALSE(batch->lost);
      more = !batch->events.empty();
      if (more) after = batch->events.back().position;
      std::move(batch->events.begin(), batch->events.end(), std::back_inserter(all));
    }
    EXPECT_EQ(after, Run(events(replica)->Read(shard, after, 1), replica)->newest);
  }
  return all;
}

}  // namespace evertoken
