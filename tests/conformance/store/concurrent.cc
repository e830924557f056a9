#include <algorithm>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {
namespace {

constexpr int kCallers = 40;

bool Succeeded(const absl::Status& status) { return status.ok(); }
template <typename T>
bool Succeeded(const absl::StatusOr<T>& result) {
  return result.ok();
}

template <typename T>
std::vector<T> GetAll(std::vector<std::future<T>> futures) {
  std::vector<T> results;
  for (std::future<T>& future : futures) results.push_back(future.get());
  return results;
}

template <typename T>
int CountSuccesses(std::vector<std::future<T>> futures) {
  const std::vector<T> results = GetAll(std::move(futures));
  return static_cast<int>(
      std::count_if(results.begin(), results.end(), [](const T& r) { return Succeeded(r); }));
}

TEST_P(StoreConcurrent, OneOfManyCreatesTheGrant) {
  const SlotKey key = NewKey();
  std::vector<std::future<absl::Status>> calls;
  for (int i = 0; i < kCallers; ++i) {
    const size_t replica = i % kReplicas;
    calls.push_back(Start(replica, store(replica)->CreateGrant(key, Write(absl::StrCat(i)))));
  }
  EXPECT_EQ(CountSuccesses(std::move(calls)), 1);
}

TEST_P(StoreConcurrent, OneOfManyWritesTheVersion) {
  const SlotKey key = MakeGrant("old");
  std::vector<std::future<absl::StatusOr<uint64_t>>> calls;
  for (int i = 0; i < kCallers; ++i) {
    const size_t replica = i % kReplicas;
    calls.push_back(Start(replica, store(replica)->WriteGrant(key, 1, Write(absl::StrCat(i)))));
  }
  EXPECT_EQ(CountSuccesses(std::move(calls)), 1);
  EXPECT_EQ(Read(key)->version, 2u);
}

TEST_P(StoreConcurrent, OneOfManyTakesTheLease) {
  const SlotKey key = MakeGrant("old");
  std::vector<std::future<absl::StatusOr<RenewalLease>>> calls;
  for (int i = 0; i < kCallers; ++i) {
    const size_t replica = i % kReplicas;
    calls.push_back(
        Start(replica, store(replica)->BeginRenewal(key, absl::StrCat(i), absl::Minutes(10))));
  }
  int acquired = 0;
  for (const absl::StatusOr<RenewalLease>& lease : GetAll(std::move(calls))) {
    ASSERT_THAT(lease, IsOk());
    if (lease->acquired) ++acquired;
  }
  EXPECT_EQ(acquired, 1);
}

TEST_P(StoreConcurrent, OneOfManySpendsTheTicket) {
  const SlotKey key = NewKey();
  ASSERT_THAT(Run(store()->PutTicket(key, "shop", "state", absl::Minutes(15))), IsOk());
  std::vector<std::future<absl::StatusOr<Ticket>>> calls;
  for (int i = 0; i < kCallers; ++i) {
    const size_t replica = i % kReplicas;
    calls.push_back(Start(replica, store(replica)->SpendTicket(key, "shop", absl::Minutes(1))));
  }
  int first = 0;
  for (const absl::StatusOr<Ticket>& ticket : GetAll(std::move(calls))) {
    ASSERT_THAT(ticket, IsOk());
    if (!ticket->replayed) ++first;
  }
  EXPECT_EQ(first, 1);
}

Task<int> WriteUntil(TokenStore* store, SlotKey key, uint64_t last_version) {
  int written = 0;
  for (;;) {
    const absl::StatusOr<GrantSlot> slot = co_await store->ReadGrant(key);
    if (!slot.ok()) co_return -1;
    if (slot->version >= last_version) co_return written;
    GrantWrite write{"shop", absl::StrCat(slot->version + 1), absl::Hours(1)};
    const absl::StatusOr<uint64_t> version = co_await store->WriteGrant(key, slot->version, write);
    if (version.ok()) ++written;
  }
}

TEST_P(StoreConcurrent, NoWriteIsLostBetweenReplicas) {
  constexpr uint64_t kLast = 60;
  const SlotKey key = MakeGrant("1");
  std::vector<std::future<int>> writers;
  for (size_t i = 0; i < 4; ++i) {
    const size_t replica = i % kReplicas;
    writers.push_back(Start(replica, WriteUntil(store(replica), key, kLast)));
  }
  int written = 0;
  for (int count : GetAll(std::move(writers))) written += count;
  EXPECT_EQ(written, static_cast<int>(kLast) - 1);
  EXPECT_EQ(Read(key)->record, absl::StrCat(kLast));
}

TEST_P(StoreConcurrent, ManyGrantsAtOnceStayApart) {
  std::vector<SlotKey> keys;
  std::vector<std::future<absl::Status>> creations;
  for (int i = 0; i < 300; ++i) {
    const size_t replica = i % kReplicas;
    keys.push_back(NewKey());
    creations.push_back(
        Start(replica, store(replica)->CreateGrant(keys.back(), Write(absl::StrCat("grant ", i)))));
  }
  EXPECT_EQ(CountSuccesses(std::move(creations)), 300);
  std::vector<std::future<absl::StatusOr<GrantSlot>>> reads;
  for (size_t i = 0; i < keys.size(); ++i) {
    const size_t replica = (i + 1) % kReplicas;
    reads.push_back(Start(replica, store(replica)->ReadGrant(keys[i])));
  }
  for (size_t i = 0; i < keys.size(); ++i)
    EXPECT_EQ(reads[i].get()->record, absl::StrCat("grant ", i));
}

}  // namespace
}  // namespace evertoken
