#include "tests/conformance/store/store_conformance.h"

#include "absl/strings/str_cat.h"
#include "server/base/ids.h"
#include "tests/fakes/status_matchers.h"

namespace evertoken {

StoreConformance::StoreConformance() {
  std::vector<EventLoop*> loops;
  for (size_t i = 0; i < kReplicas; ++i) {
    loops_.push_back(std::make_unique<EventLoop>(absl::StrCat("replica-", i)));
    loops.push_back(loops_.back().get());
  }
  harness_ = GetParam()(loops);
}

StoreConformance::~StoreConformance() {
  // A store goes after its loop has stopped and before the loop is gone.
  for (const std::unique_ptr<EventLoop>& loop : loops_) loop->Stop();
  harness_.reset();
}

SlotKey StoreConformance::NewKey() { return {RandomToken(32)}; }

GrantWrite StoreConformance::Write(std::string record, absl::Duration ttl) {
  return GrantWrite{"shop", std::move(record), ttl};
}

SlotKey StoreConformance::MakeGrant(const std::string& record, absl::Duration ttl) {
  const SlotKey key = NewKey();
  EXPECT_THAT(Run(store()->CreateGrant(key, Write(record, ttl))), IsOk());
  return key;
}

std::vector<SlotKey> StoreConformance::MakeGrants(const std::vector<GrantWrite>& writes) {
  std::vector<SlotKey> keys;
  std::vector<std::future<absl::Status>> creations;
  for (const GrantWrite& write : writes) {
    keys.push_back(NewKey());
    creations.push_back(Start(0, store()->CreateGrant(keys.back(), write)));
  }
  for (std::future<absl::Status>& created : creations) EXPECT_THAT(created.get(), IsOk());
  return keys;
}

absl::StatusOr<GrantSlot> StoreConformance::Read(const SlotKey& key, size_t replica) {
  return Run(store(replica)->ReadGrant(key), replica);
}

absl::StatusOr<RenewalLease> StoreConformance::Begin(const SlotKey& key, absl::Duration duration,
                                                     size_t replica) {
  return Run(store(replica)->BeginRenewal(key, RandomToken(16), duration), replica);
}

}  // namespace evertoken
