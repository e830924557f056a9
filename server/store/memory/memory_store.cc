#include "server/store/memory/memory_store.h"

#include <utility>

namespace evertoken {

MemoryStore::MemoryStore(MemoryBackend* backend) : backend_(backend) {}

Task<absl::StatusOr<GrantSlot>> MemoryStore::ReadGrant(SlotKey key) {
  co_return backend_->ReadGrant(key);
}

Task<absl::Status> MemoryStore::CreateGrant(SlotKey key, GrantWrite write) {
  co_return backend_->CreateGrant(key, std::move(write));
}

Task<absl::StatusOr<uint64_t>> MemoryStore::WriteGrant(SlotKey key, uint64_t expected_version,
                                                       GrantWrite write) {
  co_return backend_->WriteGrant(key, expected_version, std::move(write));
}

Task<absl::StatusOr<RenewalLease>> MemoryStore::BeginRenewal(SlotKey key, std::string owner,
                                                             absl::Duration duration) {
  co_return backend_->BeginRenewal(key, std::move(owner), duration);
}

Task<absl::Status> MemoryStore::ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) {
  co_return backend_->ExtendLease(key, fence, duration);
}

Task<absl::Status> MemoryStore::PresentAgain(SlotKey key, uint64_t fence, absl::Duration duration) {
  co_return backend_->PresentAgain(key, fence, duration);
}

Task<absl::StatusOr<uint64_t>> MemoryStore::CommitRenewal(SlotKey key, uint64_t fence,
                                                          uint64_t expected_version,
                                                          int lost_answers, GrantWrite write) {
  co_return backend_->CommitRenewal(key, fence, expected_version, lost_answers, std::move(write));
}

Task<absl::Status> MemoryStore::AbandonRenewal(SlotKey key, uint64_t fence) {
  co_return backend_->AbandonRenewal(key, fence);
}

Task<void> MemoryStore::AwaitChange(SlotKey key, absl::Duration at_most) {
  return backend_->changes()->Await(std::move(key.value), at_most);
}

Task<absl::Status> MemoryStore::PutTicket(SlotKey key, std::string owner, std::string record,
                                          absl::Duration ttl) {
  co_return backend_->PutTicket(key, std::move(owner), std::move(record), ttl);
}

Task<absl::StatusOr<Ticket>> MemoryStore::SpendTicket(SlotKey key, std::string owner,
                                                      absl::Duration replay_window) {
  co_return backend_->SpendTicket(key, owner, replay_window);
}

Task<absl::Status> MemoryStore::Ping() { co_return absl::OkStatus(); }

}  // namespace evertoken
