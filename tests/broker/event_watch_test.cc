#include "server/broker/event_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/store/memory/memory_event_list.h"
#include "tests/broker/watch_fixture.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using EventWatchTest = WatchFixture;

TEST_F(EventWatchTest, BeginsWithABookmarkAndTellsWhatHappensFromThenOn) {
  Happen("shop", "before");
  const Watching watching = Begin("shop");
  ASSERT_THAT(watching.sink->responses, SizeIs(1));
  const v1::WatchGrantEventsResponse& bookmark = watching.sink->responses[0];
  EXPECT_FALSE(bookmark.cursor().empty());
  EXPECT_EQ(bookmark.type(), v1::GRANT_EVENT_TYPE_UNSPECIFIED);
  EXPECT_EQ(bookmark.grant_id(), "");

  Happen("shop", "one");
  Happen("shop", "two");
  LetItBeTold();
  EXPECT_THAT(watching.sink->Told(), ElementsAre("one", "two"));
  EXPECT_FALSE(watching.over());
}

TEST_F(EventWatchTest, AnEventSaysAllThereIsToSay) {
  const Watching watching = Begin("shop");
  Happen("shop", "one");
  LetItBeTold();
  const v1::WatchGrantEventsResponse& told = watching.sink->responses.back();
  EXPECT_EQ(told.grant_id(), "one");
  EXPECT_EQ(told.type(), v1::GRANT_EVENT_TYPE_FAILING);
  EXPECT_EQ(told.event_time().seconds(), 1'700'000'000);
  EXPECT_EQ(told.provider(), "idp");
  EXPECT_EQ(told.subject(), "user-1");
  EXPECT_EQ(told.failure_reason(), "PROVIDER_UNAVAILABLE");
}

TEST_F(EventWatchTest, AnAppHearsOfItsOwnGrantsOnly) {
  const Watching shop = Begin("shop");
  const Watching other = Begin("other");
  Happen("shop", "a");
  Happen("other", "b");
  Happen("shop", "c");
  LetItBeTold();
  EXPECT_THAT(shop.sink->Told(), ElementsAre("a", "c"));
  EXPECT_THAT(other.sink->Told(), ElementsAre("b"));
}

TEST_F(EventWatchTest, EveryCursorIsAPlaceToGoOnFrom) {
  const Watching first = Begin("shop");
  for (const char* id : {"1", "2", "3", "4"}) {
    Happen("shop", id);
    Happen("other", "x");
  }
  LetItBeTold();
  ASSERT_THAT(first.sink->Told(), ElementsAre("1", "2", "3", "4"));
  std::vector<std::string> expected = {"1", "2", "3", "4"};
  for (const v1::WatchGrantEventsResponse& response : first.sink->responses) {
    const Watching again = Begin("shop", response.cursor());
    EXPECT_EQ(again.sink->Told(), expected);
    EXPECT_EQ(again.sink->Bookmarks(), 1);
    if (!expected.empty()) expected.erase(expected.begin());
  }
}

TEST_F(EventWatchTest, ACursorIsGoodAfterAllWatchersWereGone) {
  Watching first = Begin("shop");
  Happen("shop", "seen");
  LetItBeTold();
  const std::string cursor = first.sink->LastCursor();
  first.sink->Close();
  executor_.Advance(absl::Minutes(1));
  EXPECT_FALSE(tail_.following());
  for (const char* id : {"1", "2", "3"}) Happen("shop", id);
  EXPECT_THAT(Begin("shop", cursor).sink->Told(), ElementsAre("1", "2", "3"));
}

TEST_F(EventWatchTest, AnotherAppsCursorIsRefused) {
  const Watching shop = Begin("shop");
  const Watching other = Begin("other", shop.sink->LastCursor());
  EXPECT_THAT(other.status(), HasReason(v1::ERROR_REASON_REQUEST_INVALID));
  EXPECT_THAT(other.sink->responses, IsEmpty());
}

TEST_F(EventWatchTest, ACursorOlderThanWhatIsKeptIsAnsweredWithAReason) {
  const std::string cursor = Begin("shop").sink->LastCursor();
  for (size_t i = 0; i <= MemoryEventList::kKept; ++i) Happen("other", "x");
  const Watching late = Begin("shop", cursor);
  LetItBeTold();
  EXPECT_THAT(late.status(), HasReason(v1::ERROR_REASON_EVENTS_LOST));
}

TEST_F(EventWatchTest, ACursorOfAnEarlierProcessOfTheMemoryStoreIsAnsweredWithAReason) {
  const std::string cursor = EncodeCursor(*keys_, "shop", {{1'699'999'999'000'000, 3}});
  EXPECT_THAT(Begin("shop", cursor).status(), HasReason(v1::ERROR_REASON_EVENTS_LOST));
}

TEST_F(EventWatchTest, AnEventOfItsOwnThatCannotBeOpenedCountsAsLost) {
  const std::unique_ptr<KeyRing> gone = *KeyRing::New(KeyRing::Generate("gone"));
  SealingStore old_store(std::make_unique<MemoryStore>(&backend_), gone.get());
  const Watching shop = Begin("shop");
  const Watching other = Begin("other");
  Append(&old_store, "shop", "of a key that is gone");
  Happen("other", "behind it");
  LetItBeTold();
  EXPECT_THAT(shop.status(), HasReason(v1::ERROR_REASON_EVENTS_LOST));
  EXPECT_THAT(other.sink->Told(), ElementsAre("behind it"));
  EXPECT_FALSE(other.over());
}

TEST_F(EventWatchTest, AQuietAppIsSentABookmarkAMinuteWhileOthersAreBusy) {
  const Watching quiet = Begin("shop");
  for (int minute = 0; minute < 3; ++minute) {
    Happen("other", "x");
    executor_.Advance(absl::Seconds(61));
  }
  EXPECT_EQ(quiet.sink->Bookmarks(), 4);
  // Nothing moved since.
  executor_.Advance(absl::Minutes(10));
  EXPECT_EQ(quiet.sink->Bookmarks(), 4);
  // The newest bookmark is behind all that happened.
  for (size_t i = 0; i < MemoryEventList::kKept; ++i) Happen("other", "x");
  EXPECT_FALSE(Begin("shop", quiet.sink->LastCursor()).over());
}

TEST_F(EventWatchTest, ManyEventsOfOthersBringABookmarkEarlier) {
  const Watching quiet = Begin("shop");
  for (int i = 0; i < EventWatch::kBookmarkAfterEvents; ++i) Happen("other", "x");
  LetItBeTold();
  EXPECT_EQ(quiet.sink->Bookmarks(), 2);
}

TEST_F(EventWatchTest, ASlowReaderIsWaitedForAndMissesNothing) {
  Watching slow = Begin("shop", "", /*room=*/2);
  std::vector<std::string> all;
  for (int i = 0; i < 300; ++i) {
    all.push_back(absl::StrCat(i));
    Happen("shop", all.back());
  }
  executor_.Advance(absl::Minutes(5));
  EXPECT_THAT(slow.sink->responses, SizeIs(2));
  slow.sink->Take(-1);
  LetItBeTold();
  EXPECT_EQ(slow.sink->Told(), all);
}

TEST_F(EventWatchTest, AReaderTooSlowForWhatIsKeptIsTold) {
  Watching slow = Begin("shop", "", /*room=*/1);
  Happen("shop", "first");
  LetItBeTold();
  for (size_t i = 0; i <= MemoryEventList::kKept; ++i) Happen("shop", "x");
  executor_.Advance(absl::Seconds(5));
  slow.sink->Take(-1);
  LetItBeTold();
  EXPECT_THAT(slow.status(), HasReason(v1::ERROR_REASON_EVENTS_LOST));
}

TEST_F(EventWatchTest, StaysOpenWhileTheStoreIsAway) {
  const Watching watching = Begin("shop");
  raw_->GoDown();
  Happen("shop", "1");
  executor_.Advance(absl::Minutes(5));
  EXPECT_FALSE(watching.over());
  EXPECT_THAT(watching.sink->Told(), IsEmpty());
  raw_->Recover();
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(watching.sink->Told(), ElementsAre("1"));
}

TEST_F(EventWatchTest, AWatchWithACursorBeginsWhileTheStoreIsAwayAndOneWithoutIsToldSo) {
  const std::string cursor = Begin("shop").sink->LastCursor();
  executor_.Advance(absl::Minutes(1));
  Happen("shop", "1");
  raw_->GoDown();
  const Watching resumed = Begin("shop", cursor);
  EXPECT_EQ(resumed.sink->Bookmarks(), 1);
  raw_->Recover();
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(resumed.sink->Told(), ElementsAre("1"));
}

TEST_F(EventWatchTest, ABeginningThatCannotBeFoundIsAnError) {
  raw_->GoDown();
  EXPECT_THAT(Begin("shop").status(), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
}

TEST_F(EventWatchTest, EndsAtOnceWhenNobodyWatchesAnyMore) {
  Watching waiting = Begin("shop");
  waiting.sink->Close();
  executor_.RunUntilIdle();
  EXPECT_THAT(waiting.status(), StatusIs(absl::StatusCode::kCancelled));
  Watching writing = Begin("shop", "", /*room=*/0);
  EXPECT_FALSE(writing.over());
  writing.sink->Close();
  executor_.RunUntilIdle();
  EXPECT_THAT(writing.status(), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(EventWatchTest, WatchersShareTheReadingOfTheLog) {
  std::vector<Watching> crowd;
  for (int i = 0; i < 50; ++i) crowd.push_back(Begin("shop"));
  LetItBeTold();
  const int before = raw_->reads();
  Happen("shop", "1");
  executor_.Advance(EventTail::kPoll + 2 * EventTail::kPause);
  for (const Watching& watching : crowd) EXPECT_THAT(watching.sink->Told(), ElementsAre("1"));
  EXPECT_LE(raw_->reads() - before, 4);
}

TEST_F(EventWatchTest, ABusyLogIsNotAskedWithoutPause) {
  const Watching watching = Begin("shop");
  const int before = raw_->reads();
  for (int i = 0; i < 100; ++i) {
    Happen("shop", "x");
    executor_.Advance(absl::Milliseconds(10));
  }
  EXPECT_LE(raw_->reads() - before, 22);
  LetItBeTold();
  EXPECT_THAT(watching.sink->Told(), SizeIs(100));
}

}  // namespace
}  // namespace evertoken
