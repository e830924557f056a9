#include "server/broker/result_safekeeping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "server/base/error.h"
#include "server/base/one_shot.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/memory_journal.h"

namespace evertoken {
namespace {

// A disk that takes a second.
class SlowJournal final : public ResultJournal {
 public:
  Task<absl::StatusOr<EntryId>> Append(std::string record) override {
    co_await Delay(absl::Seconds(1));
    absl::StatusOr<EntryId> id = co_await journal.Append(std::move(record));
    co_return id;
  }
  void Remove(EntryId id) override { journal.Remove(id); }
  std::vector<Entry> TakeRecovered() override { return journal.TakeRecovered(); }

  MemoryJournal journal;
};

class ResultSafekeepingTest : public testing::Test {
 protected:
  ResultSafekeepingTest() { renewed_.set_slot("slot"); }

  std::unique_ptr<ResultSafekeeping> Make(
      ResultJournal* journal, std::optional<ResultJournal::EntryId> journaled = std::nullopt) {
    return std::make_unique<ResultSafekeeping>(&executor_, journal, RequestContext(), journaled);
  }

  absl::Status Away() { return MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "away"); }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  MemoryJournal journal_;
  storage::v1::RenewedGrant renewed_;
};

TEST_F(ResultSafekeepingTest, AQuickStoreCostsNoDisk) {
  auto keeping = Make(&journal_);
  keeping->Arm(&renewed_);
  executor_.Advance(ResultSafekeeping::kPatience - absl::Milliseconds(1));
  keeping->Disarm();
  executor_.Advance(absl::Seconds(10));
  EXPECT_EQ(journal_.size(), 0u);
}

TEST_F(ResultSafekeepingTest, WhatWaitsForASlowStoreIsInTheJournalUntilItIsHome) {
  auto keeping = Make(&journal_);
  keeping->Arm(&renewed_);
  executor_.Advance(ResultSafekeeping::kPatience);
  ASSERT_EQ(journal_.size(), 1u);
  EXPECT_EQ(journal_.TakeRecovered().front().record, renewed_.SerializeAsString());
  keeping->Release();
  EXPECT_EQ(journal_.size(), 0u);
}

TEST_F(ResultSafekeepingTest, NothingIsKeptTwice) {
  auto keeping = Make(&journal_);
  keeping->Arm(&renewed_);
  executor_.Await(keeping->KeepNow(renewed_, Away()));
  executor_.Await(keeping->KeepNow(renewed_, Away()));
  executor_.Advance(absl::Seconds(10));
  EXPECT_EQ(journal_.size(), 1u);
}

TEST_F(ResultSafekeepingTest, AnEntryThatCameTooLateIsRemoved) {
  SlowJournal slow;
  auto keeping = Make(&slow);
  keeping->Arm(&renewed_);
  executor_.Advance(ResultSafekeeping::kPatience);
  keeping->Release();
  keeping.reset();
  executor_.Advance(absl::Seconds(2));
  EXPECT_EQ(slow.journal.size(), 0u);
}

TEST_F(ResultSafekeepingTest, WhatIsStillInDangerStaysInTheJournal) {
  SlowJournal slow;
  auto keeping = Make(&slow);
  keeping->Arm(&renewed_);
  executor_.Advance(ResultSafekeeping::kPatience);
  keeping.reset();
  executor_.Advance(absl::Seconds(2));
  EXPECT_EQ(slow.journal.size(), 1u);
}

TEST_F(ResultSafekeepingTest, AReplayedResultKeepsItsEntryUntilItIsHome) {
  const auto entry = *executor_.Await(journal_.Append("record"));
  auto keeping = Make(&journal_, entry);
  keeping->Arm(&renewed_);
  executor_.Advance(absl::Seconds(10));
  executor_.Await(keeping->KeepNow(renewed_, Away()));
  EXPECT_EQ(journal_.size(), 1u);
  keeping->Release();
  EXPECT_EQ(journal_.size(), 0u);
}

}  // namespace
}  // namespace evertoken
