#include <sqlite3.h>

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "server/base/event_loop.h"
#include "server/store/sqlite/sqlite_backend.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/temp_dir.h"

namespace evertoken {
namespace {

// What a release that knew version 2 left behind: a grant whose renewal was cut off, alive until 2100.
constexpr char kVersion2[] = R"sql(
  CREATE TABLE grants (
    key TEXT PRIMARY KEY NOT NULL, app TEXT NOT NULL, record BLOB NOT NULL, version INTEGER NOT NULL,
    fence INTEGER NOT NULL, owner BLOB, lease_end INTEGER NOT NULL, lost_answers INTEGER NOT NULL,
    attempt_time INTEGER NOT NULL, deadline INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX grants_by_deadline ON grants (deadline);
  CREATE TABLE tickets (
    key TEXT PRIMARY KEY NOT NULL, owner BLOB NOT NULL, record BLOB NOT NULL, spent INTEGER NOT NULL,
    deadline INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tickets_by_deadline ON tickets (deadline);
  CREATE TABLE pulse (beats INTEGER NOT NULL) STRICT;
  INSERT INTO pulse VALUES (0);
  INSERT INTO grants VALUES
    ('key', 'shop', CAST('tokens' AS BLOB), 7, 3, CAST('crashed' AS BLOB), 0, 2, 0, 4102444800000000);
  INSERT INTO tickets VALUES
    ('ticket', CAST('shop' AS BLOB), CAST('state' AS BLOB), 0, 4102444800000000);
  PRAGMA application_id = 1702251374;
  PRAGMA user_version = 2;
)sql";

class SqliteUpgradeTest : public testing::Test {
 protected:
  SqliteUpgradeTest() {
    sqlite3* file = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &file), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(file, kVersion2, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(file);
    sqlite3_close(file);
  }

  TempDir dir_;
  const std::string path_ = dir_.File("evertoken.db");
  FakeClock clock_;
};

TEST_F(SqliteUpgradeTest, GrantsOfTheFormatBeforeLiveOn) {
  // The second time nothing is left to do.
  for (const uint64_t version : {uint64_t{7}, uint64_t{8}}) {
    const std::unique_ptr<SqliteBackend> backend = *SqliteBackend::Open(path_, &clock_);
    EventLoop loop("upgrade-test");
    SqliteStore store(backend.get());
    const absl::StatusOr<RenewalLease> lease =
        AwaitOn(&loop, store.BeginRenewal({"key"}, "me", absl::Minutes(1)));
    ASSERT_THAT(lease, IsOk());
    EXPECT_TRUE(lease->acquired);
    EXPECT_GT(lease->fence, 3u);
    EXPECT_EQ(lease->slot.version, version);
    EXPECT_EQ(lease->slot.record, version == 7 ? "tokens" : "renewed");
    EXPECT_EQ(lease->slot.open_attempt.has_value(), version == 7);
    GrantWrite write{"shop", "renewed", absl::Hours(1)};
    write.due_in = absl::Minutes(5);
    write.events = {"renewed"};
    EXPECT_THAT(AwaitOn(&loop, store.CommitRenewal({"key"}, lease->fence, version, 0, write)),
                IsOkAndHolds(version + 1));
    loop.Stop();
  }
}

}  // namespace
}  // namespace evertoken
