#include <string>

#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kAborted = absl::StatusCode::kAborted;

std::string AllBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TEST_P(StoreBasic, UnknownGrantIsNotFound) {
  const SlotKey key = NewKey();
  EXPECT_THAT(Read(key), StatusIs(kNotFound));
  EXPECT_THAT(Run(store()->WriteGrant(key, 1, Write("new"))), StatusIs(kNotFound));
  EXPECT_THAT(Begin(key), StatusIs(kNotFound));
  EXPECT_THAT(Read(key), StatusIs(kNotFound));
}

TEST_P(StoreBasic, CreatedGrantIsReadByEveryReplica) {
  const SlotKey key = MakeGrant("tokens");
  for (size_t replica = 0; replica < kReplicas; ++replica) {
    const absl::StatusOr<GrantSlot> slot = Read(key, replica);
    ASSERT_THAT(slot, IsOk());
    EXPECT_EQ(slot->record, "tokens");
    EXPECT_EQ(slot->app, "shop");
    EXPECT_EQ(slot->version, 1u);
    EXPECT_FALSE(slot->open_attempt.has_value());
  }
}

TEST_P(StoreBasic, SecondCreationIsRefusedAndChangesNothing) {
  const SlotKey key = MakeGrant("first");
  EXPECT_THAT(Run(store(1)->CreateGrant(key, Write("second")), 1),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(Read(key)->record, "first");
}

TEST_P(StoreBasic, WriteReplacesRecordAndCountsVersions) {
  const SlotKey key = MakeGrant("one");
  EXPECT_THAT(Run(store()->WriteGrant(key, 1, Write("two"))), IsOkAndHolds(2u));
  EXPECT_THAT(Run(store(1)->WriteGrant(key, 2, Write("three")), 1), IsOkAndHolds(3u));
  const absl::StatusOr<GrantSlot> slot = Read(key);
  ASSERT_THAT(slot, IsOk());
  EXPECT_EQ(slot->record, "three");
  EXPECT_EQ(slot->version, 3u);
}

TEST_P(StoreBasic, WriteWithAnotherVersionChangesNothing) {
  const SlotKey key = MakeGrant("one");
  ASSERT_THAT(Run(store()->WriteGrant(key, 1, Write("two"))), IsOk());
  for (uint64_t version : {uint64_t{0}, uint64_t{1}, uint64_t{3}, uint64_t{20}, ~uint64_t{0}}) {
    EXPECT_THAT(Run(store()->WriteGrant(key, version, Write("other"))), StatusIs(kAborted))
        << version;
  }
  EXPECT_EQ(Read(key)->record, "two");
  EXPECT_EQ(Read(key)->version, 2u);
}

TEST_P(StoreBasic, RecordsComeBackByteForByte) {
  for (const std::string& record :
       {std::string(), AllBytes(), std::string("\0", 1), std::string("{a}\r\n$3\r\n")}) {
    const SlotKey key = MakeGrant(record);
    EXPECT_EQ(Read(key)->record, record);
  }
}

TEST_P(StoreBasic, LargestRecordComesBack) {
  std::string record;
  while (record.size() < 1 << 20) record += AllBytes();
  const SlotKey key = MakeGrant(record);
  EXPECT_TRUE(Read(key)->record == record);
  ASSERT_THAT(Run(store()->WriteGrant(key, 1, Write("small"))), IsOk());
  EXPECT_EQ(Read(key)->record, "small");
}

TEST_P(StoreBasic, RenewalIsBegunAndCommitted) {
  const SlotKey key = MakeGrant("old");
  const absl::StatusOr<RenewalLease> lease = Begin(key);
  ASSERT_THAT(lease, IsOk());
  EXPECT_TRUE(lease->acquired);
  EXPECT_GT(lease->fence, 0u);
  EXPECT_EQ(lease->slot.record, "old");
  EXPECT_EQ(lease->slot.version, 1u);
  EXPECT_FALSE(lease->slot.open_attempt.has_value());

  EXPECT_THAT(Run(store()->CommitRenewal(key, lease->fence, 1, 0, Write("new"))), IsOkAndHolds(2u));
  const absl::StatusOr<GrantSlot> slot = Read(key, 1);
  ASSERT_THAT(slot, IsOk());
  EXPECT_EQ(slot->record, "new");
  EXPECT_EQ(slot->version, 2u);
  EXPECT_FALSE(slot->open_attempt.has_value());
}

TEST_P(StoreBasic, AbandonedRenewalLeavesTheGrantAsItWas) {
  const SlotKey key = MakeGrant("old");
  const absl::StatusOr<RenewalLease> lease = Begin(key);
  ASSERT_THAT(lease, IsOk());
  EXPECT_THAT(Run(store()->AbandonRenewal(key, lease->fence)), IsOk());
  const absl::StatusOr<GrantSlot> slot = Read(key);
  ASSERT_THAT(slot, IsOk());
  EXPECT_EQ(slot->record, "old");
  EXPECT_EQ(slot->version, 1u);
  EXPECT_FALSE(slot->open_attempt.has_value());
  EXPECT_TRUE(Begin(key)->acquired);
}

TEST_P(StoreBasic, PingSaysThatTheStoreCanBeWritten) { EXPECT_THAT(Run(store()->Ping()), IsOk()); }

}  // namespace
}  // namespace evertoken
