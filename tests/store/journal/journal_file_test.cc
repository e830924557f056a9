#include "server/store/journal/journal_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fakes/status_matchers.h"
#include "tests/store/temp_dir.h"

namespace evertoken {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class JournalFileTest : public testing::Test {
 protected:
  std::unique_ptr<JournalFile> Open() {
    auto file = JournalFile::Open(folder_);
    EXPECT_THAT(file, IsOk());
    return *std::move(file);
  }
  std::string path() const { return folder_ + "/results.journal"; }
  std::string Bytes() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void Append(const std::string& bytes) { std::ofstream(path(), std::ios::app) << bytes; }

  TempDir dir_;
  const std::string folder_ = dir_.path() + "/a/journal";
};

TEST_F(JournalFileTest, KeepsWhatWasSyncedAndNotRemoved) {
  auto file = Open();
  const uint64_t first = file->Add(std::string("\0binary\n", 8));
  file->Add("second");
  ASSERT_THAT(file->Sync(), IsOk());
  file->Remove(first);
  ASSERT_THAT(file->Sync(), IsOk());
  file->Add("never synced");
  file.reset();
  EXPECT_THAT(Open()->entries(), ElementsAre(Pair(2, "second")));
}

TEST_F(JournalFileTest, BytesComeBackAsTheyWere) {
  auto file = Open();
  const std::string record("\0binary\n", 8);
  file->Add(record);
  ASSERT_THAT(file->Sync(), IsOk());
  file.reset();
  EXPECT_THAT(Open()->entries(), ElementsAre(Pair(1, record)));
}

TEST_F(JournalFileTest, AFileWithoutEntriesIsEmptied) {
  auto file = Open();
  const uint64_t id = file->Add("x");
  ASSERT_THAT(file->Sync(), IsOk());
  EXPECT_THAT(Bytes(), HasSubstr("+ 1 "));
  file->Remove(id);
  ASSERT_THAT(file->Sync(), IsOk());
  EXPECT_EQ(Bytes(), "");
  file->Add("y");
  ASSERT_THAT(file->Sync(), IsOk());
  file.reset();
  EXPECT_THAT(Open()->entries(), ElementsAre(Pair(2, "y")));
}

TEST_F(JournalFileTest, ALineThatACrashCutOffIsDropped) {
  auto file = Open();
  file->Add("whole");
  ASSERT_THAT(file->Sync(), IsOk());
  file.reset();
  Append("+ 2 aGFs");
  file = Open();
  EXPECT_THAT(file->entries(), ElementsAre(Pair(1, "whole")));
  file->Add("later");
  ASSERT_THAT(file->Sync(), IsOk());
  file.reset();
  EXPECT_THAT(Open()->entries(), ElementsAre(Pair(1, "whole"), Pair(2, "later")));
}

TEST_F(JournalFileTest, ALineThatCannotBeReadHidesNoOther) {
  auto file = Open();
  file->Add("before");
  ASSERT_THAT(file->Sync(), IsOk());
  file.reset();
  Append("+ 2 ?broken?\n+ 3 YWZ0ZXI\n");
  file = Open();
  EXPECT_THAT(file->entries(), ElementsAre(Pair(1, "before"), Pair(3, "after")));
  EXPECT_EQ(file->damaged_lines(), 1);
}

TEST_F(JournalFileTest, IsWrittenAnewWhenFewOfManyEntriesAreLeft) {
  auto file = Open();
  const std::string record(10'000, 'r');
  const uint64_t stays = file->Add("stays");
  uint64_t largest = 0;
  uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t next = file->Add(record);
    file->Remove(last);
    last = next;
    ASSERT_THAT(file->Sync(), IsOk());
    largest = std::max<uint64_t>(largest, Bytes().size());
  }
  EXPECT_LT(largest, 2 * JournalFile::kSmallestRewrite);
  EXPECT_THAT(JournalFile::Open(folder_), StatusIs(absl::StatusCode::kFailedPrecondition));
  file.reset();
  EXPECT_THAT(Open()->entries(), ElementsAre(Pair(stays, "stays"), Pair(last, record)));
}

TEST_F(JournalFileTest, ADiskWithoutRoomForItsRewritingLosesNothing) {
  auto file = Open();
  file->Add("stays");
  ASSERT_THAT(file->Sync(), IsOk());
  // In the way of the new file.
  std::filesystem::create_directory(path() + ".new");
  const uint64_t goes = file->Add(std::string(2'000'000, 'r'));
  ASSERT_THAT(file->Sync(), IsOk());
  file->Remove(goes);
  ASSERT_THAT(file->Sync(), IsOk());
  file->Add("later");
  ASSERT_THAT(file->Sync(), IsOk());
  file.reset();
  EXPECT_THAT(Open()->entries(), ElementsAre(Pair(1, "stays"), Pair(3, "later")));
}

TEST_F(JournalFileTest, AHeadingThatACrashCutOffIsDropped) {
  Open().reset();
  Append("evertok");
  EXPECT_THAT(Open()->entries(), IsEmpty());
}

TEST_F(JournalFileTest, TwoProcessesDoNotShareIt) {
  auto file = Open();
  auto second = JournalFile::Open(folder_);
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another process uses it"));
}

TEST_F(JournalFileTest, AnotherFileIsNotTakenForAJournal) {
  Open().reset();
  Append("precious\n");
  auto file = JournalFile::Open(folder_);
  EXPECT_THAT(file, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Bytes(), "precious\n");
}

TEST_F(JournalFileTest, AFolderThatCannotBeMadeIsNamed) {
  const std::string blocked = dir_.path() + "/file";
  std::ofstream(blocked) << "x";
  auto file = JournalFile::Open(blocked + "/journal");
  EXPECT_THAT(file, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(file.status().message()), HasSubstr(blocked));
  EXPECT_THAT(std::string(file.status().message()), HasSubstr("journal_dir"));
}

// A file size limit is the full disk that any process can make for itself.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST_F(JournalFileTest, AFullDiskLeavesWhatWasThere) {
  auto file = Open();
  const uint64_t first = file->Add("first");
  ASSERT_THAT(file->Sync(), IsOk());
  const std::string before = Bytes();
  {
    FullDisk full(before.size() + 10);
    file->Add(std::string(1000, 'x'));
    file->Remove(first);
    EXPECT_THAT(file->Sync(), StatusIs(absl::StatusCode::kUnavailable));
  }
  EXPECT_EQ(Bytes(), before);
  EXPECT_THAT(file->entries(), ElementsAre(Pair(1, "first")));
  file->Add("fits");
  ASSERT_THAT(file->Sync(), IsOk());
  file.reset();
  EXPECT_THAT(Open()->entries(), ElementsAre(Pair(1, "first"), Pair(3, "fits")));
}

}  // namespace
}  // namespace evertoken
