#include "server/store/journal/file_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "server/base/event_loop.h"
#include "server/store/key_ring.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/status_matchers.h"
#include "tests/store/temp_dir.h"

namespace evertoken {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class FileJournalTest : public testing::Test {
 protected:
  std::unique_ptr<FileJournal> Open() { return OpenWith(keys_.get()); }
  std::unique_ptr<FileJournal> OpenWith(const KeyRing* keys) {
    auto journal = FileJournal::Open(dir_.path(), keys);
    EXPECT_THAT(journal, IsOk());
    return *std::move(journal);
  }
  ResultJournal::EntryId Append(FileJournal* journal, std::string record) {
    auto id = AwaitOn(&loop_, journal->Append(std::move(record)));
    EXPECT_THAT(id, IsOk());
    return *id;
  }
  static std::vector<std::string> Records(std::vector<ResultJournal::Entry> entries) {
    std::vector<std::string> records;
    for (ResultJournal::Entry& entry : entries) records.push_back(std::move(entry.record));
    return records;
  }

  TempDir dir_;
  EventLoop loop_{"test"};
  std::unique_ptr<KeyRing> keys_ = *KeyRing::New(KeyRing::Generate("k1"));
};

TEST_F(FileJournalTest, TheNextProcessRecoversWhatWasNotRemoved) {
  auto journal = Open();
  const auto first = Append(journal.get(), "first");
  Append(journal.get(), "second");
  journal->Remove(first);
  EXPECT_THAT(journal->TakeRecovered(), IsEmpty());
  journal.reset();
  journal = Open();
  EXPECT_THAT(Records(journal->TakeRecovered()), testing::ElementsAre("second"));
  EXPECT_THAT(journal->TakeRecovered(), IsEmpty());
  // It is kept until it is removed.
  journal.reset();
  EXPECT_THAT(Records(Open()->TakeRecovered()), testing::ElementsAre("second"));
}

TEST_F(FileJournalTest, NoSecretStandsInTheFile) {
  auto journal = Open();
  Append(journal.get(), "a-refresh-token");
  std::ifstream file(dir_.path() + "/results.journal", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_FALSE(bytes.empty());
  EXPECT_THAT(bytes, Not(HasSubstr("refresh")));
}

TEST_F(FileJournalTest, AnEntryOfAnotherKeyIsKept) {
  auto journal = Open();
  Append(journal.get(), "record");
  journal.reset();
  const auto other = *KeyRing::New(KeyRing::Generate("k2"));
  EXPECT_THAT(OpenWith(other.get())->TakeRecovered(), IsEmpty());
  EXPECT_THAT(Records(Open()->TakeRecovered()), testing::ElementsAre("record"));
}

TEST_F(FileJournalTest, ManyAtOnceAreAllKept) {
  auto journal = Open();
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) expected.push_back("record " + std::to_string(i));
  std::atomic<int> kept{0};
  absl::Notification done;
  for (const std::string& record : expected) {
    loop_.Post([&, record] {
      Spawn(&loop_,
            [](FileJournal* to, std::string what, std::atomic<int>* count,
               absl::Notification* all) -> Task<void> {
              auto id = co_await to->Append(std::move(what));
              EXPECT_THAT(id, IsOk());
              if (++*count == 500) all->Notify();
            }(journal.get(), record, &kept, &done));
    });
  }
  done.WaitForNotification();
  journal.reset();
  EXPECT_THAT(Records(Open()->TakeRecovered()), testing::UnorderedElementsAreArray(expected));
}

}  // namespace
}  // namespace evertoken
