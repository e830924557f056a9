#include "server/store/sqlite/sqlite_database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/temp_dir.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr absl::StatusCode kRefused = absl::StatusCode::kFailedPrecondition;

class SqliteDatabaseTest : public testing::Test {
 protected:
  std::string Content() const {
    std::ostringstream content;
    content << std::ifstream(path_, std::ios::binary).rdbuf();
    return content.str();
  }

  // Runs statements on the file as another program would.
  void RunElsewhere(const char* sql) {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(other, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(other);
    sqlite3_close(other);
  }

  TempDir dir_;
  const std::string path_ = dir_.File("evertoken.db");
};

TEST_F(SqliteDatabaseTest, MakesMissingFoldersAndAFileForItsUserOnly) {
  const std::string path = dir_.File("some/where/evertoken.db");
  ASSERT_THAT(SqliteDatabase::Open(path), IsOk());
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(SqliteDatabaseTest, OpensAgainWhatItMade) {
  ASSERT_THAT(SqliteDatabase::Open(path_), IsOk());
  EXPECT_THAT(SqliteDatabase::Open(path_), IsOk());
}

TEST_F(SqliteDatabaseTest, IsForOneUserAtATime) {
  const auto first = SqliteDatabase::Open(path_);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(SqliteDatabase::Open(path_),
              StatusIs(kRefused, AllOf(HasSubstr("evertoken.db"), HasSubstr("another process"))));
}

TEST_F(SqliteDatabaseTest, RefusesAnotherProgramsDatabaseAndLeavesItAsItIs) {
  RunElsewhere("CREATE TABLE books (title TEXT); INSERT INTO books VALUES ('Dune');");
  const std::string before = Content();
  EXPECT_THAT(SqliteDatabase::Open(path_), StatusIs(kRefused, HasSubstr("another program")));
  EXPECT_EQ(Content(), before);
}

TEST_F(SqliteDatabaseTest, RefusesAFileThatIsNoDatabaseAndLeavesItAsItIs) {
  const std::string text(5000, 'x');
  std::ofstream(path_) << text;
  EXPECT_THAT(SqliteDatabase::Open(path_), StatusIs(kRefused, HasSubstr("not a database")));
  EXPECT_EQ(Content(), text);
}

TEST_F(SqliteDatabaseTest, RefusesFormatsOfOtherReleases) {
  ASSERT_THAT(SqliteDatabase::Open(path_), IsOk());
  for (const char* version : {"4", "1"}) {
    RunElsewhere((std::string("PRAGMA user_version = ") + version).c_str());
    EXPECT_THAT(SqliteDatabase::Open(path_),
                StatusIs(kRefused, HasSubstr(std::string("format is ") + version)));
  }
}

TEST_F(SqliteDatabaseTest, RefusesADamagedFile) {
  ASSERT_THAT(SqliteDatabase::Open(path_), IsOk());
  // The header stays; the table of contents behind it does not.
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(100);
  file << std::string(3000, '\xee');
  file.close();
  EXPECT_THAT(SqliteDatabase::Open(path_), StatusIs(kRefused, HasSubstr("damaged")));
}

TEST_F(SqliteDatabaseTest, RefusesAPathThatCannotBeAFile) {
  EXPECT_THAT(SqliteDatabase::Open(dir_.path()), StatusIs(kRefused, HasSubstr(dir_.path())));
  std::ofstream(dir_.File("file")) << "x";
  EXPECT_THAT(SqliteDatabase::Open(dir_.File("file/evertoken.db")),
              StatusIs(kRefused, HasSubstr("folder")));
}

}  // namespace
}  // namespace evertoken
