#include "server/store/sealing_store.h"

#include <memory>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/store/key_ring.h"
#include "server/store/memory/memory_store.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

using testing::HasSubstr;
using testing::Not;

const SlotKey kKey{"slot-one"};
const SlotKey kOther{"slot-two"};

GrantWrite Write(std::string record, std::string app = "shop") {
  return GrantWrite{std::move(app), std::move(record), absl::Hours(1)};
}

class SealingStoreTest : public testing::Test {
 protected:
  template <typename T>
  T Run(Task<T> task) {
    return executor_.Await(std::move(task));
  }

  // What lies in the store below.
  GrantSlot Raw(const SlotKey& key) { return *Run(raw_.ReadGrant(key)); }

  FakeClock clock_;
  ManualExecutor executor_{&clock_};
  MemoryBackend backend_{&clock_};
  MemoryStore raw_{&backend_};
  const config::v1::KeyRing ring_ = KeyRing::Generate("k1");
  const std::unique_ptr<KeyRing> keys_ = *KeyRing::New(ring_);
  SealingStore store_{std::make_unique<MemoryStore>(&backend_), keys_.get()};
};

TEST_F(SealingStoreTest, NothingLiesBelowInPlainText) {
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("provider token"))), IsOk());
  EXPECT_THAT(Raw(kKey).record, Not(HasSubstr("provider")));
  ASSERT_THAT(Run(store_.PutTicket(kOther, "shop", "login state", absl::Minutes(1))), IsOk());
  EXPECT_THAT(Run(raw_.SpendTicket(kOther, "shop", absl::Minutes(1)))->record,
              Not(HasSubstr("login")));
  EXPECT_EQ(Run(store_.ReadGrant(kKey))->record, "provider token");
}

TEST_F(SealingStoreTest, RecordMovedToAnotherSlotIsRefused) {
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("tokens"))), IsOk());
  ASSERT_THAT(Run(raw_.CreateGrant(kOther, Write(Raw(kKey).record))), IsOk());
  EXPECT_THAT(Run(store_.ReadGrant(kOther)), HasReason(v1::ERROR_REASON_INTERNAL));
}

TEST_F(SealingStoreTest, RecordGivenToAnotherAppIsRefused) {
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("tokens"))), IsOk());
  const absl::StatusOr<uint64_t> version = Run(store_.WriteGrant(kKey, 1, Write("tokens")));
  ASSERT_THAT(version, IsOk());
  const std::string record = Raw(kKey).record;
  ASSERT_THAT(Run(raw_.WriteGrant(kKey, *version, Write(record, "other-app"))), IsOk());
  EXPECT_THAT(Run(store_.ReadGrant(kKey)), HasReason(v1::ERROR_REASON_INTERNAL));
}

TEST_F(SealingStoreTest, RecordOfAnotherAppUnderTheSameVersionIsRefused) {
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("tokens"))), IsOk());
  const std::string record = Raw(kKey).record;
  clock_.Advance(absl::Hours(2));
  ASSERT_THAT(Run(raw_.CreateGrant(kKey, Write(record, "other-app"))), IsOk());
  EXPECT_THAT(Run(store_.ReadGrant(kKey)), HasReason(v1::ERROR_REASON_INTERNAL));
}

TEST_F(SealingStoreTest, RolledBackRecordIsRefused) {
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("old"))), IsOk());
  const std::string old = Raw(kKey).record;
  const absl::StatusOr<uint64_t> version = Run(store_.WriteGrant(kKey, 1, Write("new")));
  ASSERT_THAT(version, IsOk());
  EXPECT_EQ(Run(store_.ReadGrant(kKey))->record, "new");
  ASSERT_THAT(Run(raw_.WriteGrant(kKey, *version, Write(old))), IsOk());
  EXPECT_THAT(Run(store_.ReadGrant(kKey)), HasReason(v1::ERROR_REASON_INTERNAL));
}

TEST_F(SealingStoreTest, CommittedRenewalIsSealedForItsVersion) {
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("old"))), IsOk());
  const absl::StatusOr<RenewalLease> lease = Run(store_.BeginRenewal(kKey, "me", absl::Minutes(1)));
  ASSERT_THAT(lease, IsOk());
  EXPECT_EQ(lease->slot.record, "old");
  const absl::StatusOr<uint64_t> version =
      Run(store_.CommitRenewal(kKey, lease->fence, 1, 0, Write("new")));
  ASSERT_THAT(version, IsOk());
  EXPECT_GT(*version, 1u);
  EXPECT_EQ(Run(store_.ReadGrant(kKey))->record, "new");
}

TEST_F(SealingStoreTest, VersionsGrowByChance) {
  std::set<uint64_t> steps;
  uint64_t version = 1;
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("tokens"))), IsOk());
  for (int i = 0; i < 10; ++i) {
    const absl::StatusOr<uint64_t> next = Run(store_.WriteGrant(kKey, version, Write("tokens")));
    ASSERT_THAT(next, IsOk());
    steps.insert(*next - version);
    version = *next;
  }
  EXPECT_GT(steps.size(), 5u);
}

TEST_F(SealingStoreTest, MissingKeyIsNamedAndNothingIsDeleted) {
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("tokens"))), IsOk());
  ASSERT_THAT(Run(store_.PutTicket(kOther, "shop", "state", absl::Minutes(1))), IsOk());
  const std::unique_ptr<KeyRing> others = *KeyRing::New(KeyRing::Generate("k2"));
  SealingStore other(std::make_unique<MemoryStore>(&backend_), others.get());
  const absl::StatusOr<GrantSlot> read = Run(other.ReadGrant(kKey));
  EXPECT_THAT(read, HasReason(v1::ERROR_REASON_INTERNAL));
  EXPECT_THAT(read, StatusIs(absl::StatusCode::kInternal, HasSubstr("'k1'")));
  EXPECT_THAT(Run(other.SpendTicket(kOther, "shop", absl::Minutes(1))),
              HasReason(v1::ERROR_REASON_INTERNAL));
  EXPECT_EQ(Run(store_.ReadGrant(kKey))->record, "tokens");
  EXPECT_EQ(Run(store_.SpendTicket(kOther, "shop", absl::Minutes(1)))->record, "state");
}

TEST_F(SealingStoreTest, RenewalOfAnUnreadableGrantFreesTheLease) {
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("tokens"))), IsOk());
  const std::unique_ptr<KeyRing> others = *KeyRing::New(KeyRing::Generate("k2"));
  SealingStore other(std::make_unique<MemoryStore>(&backend_), others.get());
  EXPECT_THAT(Run(other.BeginRenewal(kKey, "me", absl::Hours(1))),
              HasReason(v1::ERROR_REASON_INTERNAL));
  const absl::StatusOr<RenewalLease> lease = Run(store_.BeginRenewal(kKey, "you", absl::Hours(1)));
  ASSERT_THAT(lease, IsOk());
  EXPECT_TRUE(lease->acquired);
  EXPECT_FALSE(lease->slot.open_attempt.has_value());
}

TEST_F(SealingStoreTest, TicketOfAnotherOwnerOrKeyIsRefused) {
  ASSERT_THAT(Run(store_.PutTicket(kKey, "shop", "state", absl::Minutes(1))), IsOk());
  const std::string record = Run(raw_.SpendTicket(kKey, "shop", absl::ZeroDuration()))->record;
  ASSERT_THAT(Run(raw_.PutTicket(kOther, "shop", record, absl::Minutes(1))), IsOk());
  ASSERT_THAT(Run(raw_.PutTicket(kKey, "other-app", record, absl::Minutes(1))), IsOk());
  EXPECT_THAT(Run(store_.SpendTicket(kOther, "shop", absl::Minutes(1))),
              HasReason(v1::ERROR_REASON_INTERNAL));
  EXPECT_THAT(Run(store_.SpendTicket(kKey, "other-app", absl::Minutes(1))),
              HasReason(v1::ERROR_REASON_INTERNAL));
}

TEST_F(SealingStoreTest, GrantCannotBePassedOffAsTicket) {
  ASSERT_THAT(Run(store_.CreateGrant(kKey, Write("tokens"))), IsOk());
  ASSERT_THAT(Run(raw_.PutTicket(kKey, "shop", Raw(kKey).record, absl::Minutes(1))), IsOk());
  EXPECT_THAT(Run(store_.SpendTicket(kKey, "shop", absl::Minutes(1))),
              HasReason(v1::ERROR_REASON_INTERNAL));
}

// Fails every operation in the same way.
class FailingStore final : public TokenStore {
 public:
  explicit FailingStore(absl::Status status) : status_(std::move(status)) {}
  Task<absl::StatusOr<GrantSlot>> ReadGrant(SlotKey) override { co_return status_; }
  Task<absl::Status> CreateGrant(SlotKey, GrantWrite) override { co_return status_; }
  Task<absl::StatusOr<uint64_t>> WriteGrant(SlotKey, uint64_t, GrantWrite) override {
    co_return status_;
  }
  Task<absl::StatusOr<RenewalLease>> BeginRenewal(SlotKey, std::string, absl::Duration) override {
    co_return status_;
  }
  Task<absl::Status> ExtendLease(SlotKey, uint64_t, absl::Duration) override { co_return status_; }
  Task<absl::Status> PresentAgain(SlotKey, uint64_t, absl::Duration) override { co_return status_; }
  Task<absl::StatusOr<uint64_t>> CommitRenewal(SlotKey, uint64_t, uint64_t, int,
                                               GrantWrite) override {
    co_return status_;
  }
  Task<absl::Status> AbandonRenewal(SlotKey, uint64_t) override { co_return status_; }
  Task<void> AwaitChange(SlotKey, absl::Duration) override { co_return; }
  Task<absl::Status> PutTicket(SlotKey, std::string, std::string, absl::Duration) override {
    co_return status_;
  }
  Task<absl::StatusOr<Ticket>> SpendTicket(SlotKey, std::string, absl::Duration) override {
    co_return status_;
  }
  Task<absl::Status> Ping() override { co_return status_; }
  bool CanRemember() const override { return false; }

 private:
  const absl::Status status_;
};

TEST_F(SealingStoreTest, UnusableStoreIsStoreUnavailableWithRetryInfo) {
  SealingStore store(std::make_unique<FailingStore>(absl::UnavailableError("redis: not connected")),
                     keys_.get());
  const absl::Status ping = Run(store.Ping());
  EXPECT_THAT(ping, HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_EQ(RetryAfterOf(ping), absl::Seconds(1));
  EXPECT_THAT(Run(store.ReadGrant(kKey)), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Run(store.CreateGrant(kKey, Write("x"))),
              HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Run(store.WriteGrant(kKey, 1, Write("x"))),
              HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Run(store.BeginRenewal(kKey, "me", absl::Minutes(1))),
              HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Run(store.ExtendLease(kKey, 1, absl::Minutes(1))),
              HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Run(store.PresentAgain(kKey, 1, absl::Minutes(1))),
              HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Run(store.CommitRenewal(kKey, 1, 1, 0, Write("x"))),
              HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Run(store.AbandonRenewal(kKey, 1)), HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Run(store.PutTicket(kKey, "a", "r", absl::Minutes(1))),
              HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Run(store.SpendTicket(kKey, "a", absl::Minutes(1))),
              HasReason(v1::ERROR_REASON_STORE_UNAVAILABLE));
  EXPECT_FALSE(store.CanRemember());
}

TEST_F(SealingStoreTest, AnswersOfTheContractPassUnchanged) {
  for (const absl::Status& status :
       {absl::NotFoundError("a"), absl::AlreadyExistsError("b"), absl::AbortedError("c")}) {
    SealingStore store(std::make_unique<FailingStore>(status), keys_.get());
    EXPECT_EQ(Run(store.ReadGrant(kKey)).status(), status);
    EXPECT_EQ(Run(store.CommitRenewal(kKey, 1, 1, 0, Write("x"))).status(), status);
  }
}

}  // namespace
}  // namespace evertoken
