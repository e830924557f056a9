#include "server/store/sqlite/sqlite_events.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sqlite/sqlite_slots.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/temp_dir.h"

namespace evertoken {
namespace {

using testing::SizeIs;

constexpr absl::Time kNow = absl::UnixEpoch();
const SlotKey kKey{"key"};

GrantWrite Write(std::string record, std::vector<std::string> events) {
  GrantWrite write{"shop", std::move(record), absl::Hours(1)};
  write.due_in = absl::ZeroDuration();
  write.events = std::move(events);
  return write;
}

class SqliteEventsTest : public testing::Test {
 protected:
  // As after a restart.
  void Open() {
    slots_.reset();
    slots_ = *SqliteSlots::New(*SqliteDatabase::Open(dir_.File("evertoken.db")));
  }
  void Execute(const char* sql) { ASSERT_THAT(slots_->database().Execute(sql), IsOk()); }
  EventBatch Read(EventPosition after = {}) { return *slots_->events()->Read(after, 1000); }

  TempDir dir_;
  std::unique_ptr<SqliteSlots> slots_;
};

TEST_F(SqliteEventsTest, WriteWhoseEventsCannotBeKeptChangesNothing) {
  Open();
  ASSERT_THAT(slots_->CreateGrant(kKey, Write("one", {"created"}), kNow), IsOk());
  const uint64_t fence = slots_->BeginRenewal(kKey, "me", absl::Minutes(1), kNow)->fence;
  Execute(
      "CREATE TEMP TRIGGER full BEFORE INSERT ON events WHEN NEW.record = CAST('second' AS BLOB) "
      "BEGIN SELECT RAISE(ABORT, 'no'); END");
  Execute("BEGIN IMMEDIATE");
  const GrantWrite write = Write("two", {"first", "second"});
  EXPECT_THAT(slots_->CommitRenewal(kKey, fence, 1, 0, write, kNow),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(slots_->CreateGrant({"other"}, write, kNow),
              StatusIs(absl::StatusCode::kUnavailable));
  // What others do in the same transaction stands.
  EXPECT_THAT(slots_->CreateGrant({"third"}, Write("three", {"created too"}), kNow), IsOk());
  Execute("COMMIT");

  const absl::StatusOr<GrantSlot> slot = slots_->ReadGrant(kKey, kNow);
  EXPECT_EQ(slot->record, "one");
  EXPECT_EQ(slot->version, 1u);
  EXPECT_GT(slot->held_for, absl::ZeroDuration());
  EXPECT_THAT(slots_->ReadGrant({"other"}, kNow), StatusIs(absl::StatusCode::kNotFound));
  const EventBatch batch = Read();
  ASSERT_THAT(batch.events, SizeIs(2));
  EXPECT_EQ(batch.events[1].record, "created too");
  EXPECT_FALSE(batch.lost);
  // No number was used up.
  EXPECT_FALSE(Read(batch.events[0].position).lost);
}

TEST_F(SqliteEventsTest, EventsAndDueTimesOutliveARestart) {
  Open();
  ASSERT_THAT(slots_->CreateGrant(kKey, Write("one", {"created"}), kNow), IsOk());
  ASSERT_FALSE(slots_->due()->Claim("dead", absl::Minutes(1), 1, kNow)->held);
  Open();
  const EventPosition newest = Read().newest;
  EXPECT_THAT(Read().events, SizeIs(1));
  // The queue's holder died with its process; what it had claimed is still hidden.
  const absl::StatusOr<DueClaim> early = slots_->due()->Claim("me", absl::Minutes(1), 1, kNow);
  EXPECT_FALSE(early->held);
  EXPECT_THAT(early->grants, SizeIs(0));
  const absl::Time later = kNow + absl::Minutes(2);
  EXPECT_THAT(slots_->due()->Claim("me", absl::Minutes(1), 1, later)->grants, SizeIs(1));
  ASSERT_THAT(slots_->WriteGrant(kKey, 1, Write("two", {"written"}), later), IsOk());
  const EventBatch batch = Read(newest);
  ASSERT_THAT(batch.events, SizeIs(1));
  EXPECT_FALSE(batch.lost);
}

TEST_F(SqliteEventsTest, PositionsAreNotGivenOutAgainWhenAllEventsAreGone) {
  Open();
  ASSERT_THAT(slots_->CreateGrant(kKey, Write("one", {"a", "b", "c"}), kNow), IsOk());
  const EventPosition newest = Read().newest;
  Execute("DELETE FROM events");
  EXPECT_TRUE(Read().lost);
  EXPECT_EQ(Read().newest, newest);
  EXPECT_FALSE(Read(newest).lost);
  Open();
  ASSERT_THAT(slots_->WriteGrant(kKey, 1, Write("two", {"d"}), kNow), IsOk());
  EXPECT_GT(Read().newest, newest);
  EXPECT_FALSE(Read(newest).lost);
}

}  // namespace
}  // namespace evertoken
