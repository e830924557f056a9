#include "server/store/sealing_store.h"

#include <utility>

#include "server/base/ids.h"
#include "server/base/secret.h"
#include "server/store/sealing.h"

namespace evertoken {
namespace {

absl::Status OpenGrant(const TokenSealer& sealer, const SlotKey& key, GrantSlot* slot) {
  const absl::StatusOr<Secret> record =
      sealer.Open(slot->record, GrantSealContext(key, slot->app, slot->version));
  if (!record.ok()) return CannotOpenRecord("grant", record.status());
  slot->record = record->Reveal();
  return absl::OkStatus();
}

}  // namespace

SealingStore::SealingStore(std::unique_ptr<TokenStore> store, const TokenSealer* sealer,
                           uint32_t longest_step)
    : store_(std::move(store)), sealer_(sealer), longest_step_(longest_step) {}
SealingStore::~SealingStore() = default;

void SealingStore::SealWrite(const SlotKey& key, uint64_t version, GrantWrite* write) const {
  SealRecord(*sealer_, GrantSealContext(key, write->app, version), &write->record);
  for (std::string& event : write->events)
    SealRecord(*sealer_, EventSealContext(write->app), &event);
}

void SealingStore::SealReplacement(const SlotKey& key, uint64_t version, GrantWrite* write) const {
  write->version_step = 1 + RandomBelow(longest_step_);
  SealWrite(key, version + write->version_step, write);
}

Task<absl::StatusOr<GrantSlot>> SealingStore::ReadGrant(SlotKey key) {
  absl::StatusOr<GrantSlot> slot = co_await store_->ReadGrant(key);
  if (!slot.ok()) co_return TranslateStoreError(slot.status());
  const absl::Status opened = OpenGrant(*sealer_, key, &*slot);
  if (!opened.ok()) co_return opened;
  co_return slot;
}

Task<absl::Status> SealingStore::CreateGrant(SlotKey key, GrantWrite write) {
  SealWrite(key, 1, &write);
  const absl::Status created = co_await store_->CreateGrant(key, write);
  co_return TranslateStoreError(created);
}

Task<absl::StatusOr<uint64_t>> SealingStore::WriteGrant(SlotKey key, uint64_t expected_version,
                                                        GrantWrite write) {
  SealReplacement(key, expected_version, &write);
  absl::StatusOr<uint64_t> version = co_await store_->WriteGrant(key, expected_version, write);
  if (!version.ok()) co_return TranslateStoreError(version.status());
  co_return version;
}

Task<absl::StatusOr<RenewalLease>> SealingStore::BeginRenewal(SlotKey key, std::string owner,
                                                              absl::Duration duration) {
  absl::StatusOr<RenewalLease> lease = co_await store_->BeginRenewal(key, owner, duration);
  if (!lease.ok()) co_return TranslateStoreError(lease.status());
  const absl::Status opened = OpenGrant(*sealer_, key, &lease->slot);
  if (opened.ok()) co_return lease;
  if (lease->acquired) {
    // No token can leave that cannot be read: whoever has the right key need not wait for this lease. When even this fails,
    // the lease runs out by itself.
    const uint64_t fence = lease->fence;
    const absl::Status abandoned = co_await store_->AbandonRenewal(key, fence);
    (void)abandoned;
  }
  co_return opened;
}

Task<absl::Status> SealingStore::ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) {
  const absl::Status extended = co_await store_->ExtendLease(key, fence, duration);
  co_return TranslateStoreError(extended);
}

Task<absl::Status> SealingStore::PresentAgain(SlotKey key, uint64_t fence,
                                              absl::Duration duration) {
  const absl::Status counted = co_await store_->PresentAgain(key, fence, duration);
  co_return TranslateStoreError(counted);
}

Task<absl::StatusOr<uint64_t>> SealingStore::CommitRenewal(SlotKey key, uint64_t fence,
                                                           uint64_t expected_version,
                                                           int lost_answers, GrantWrite write) {
  SealReplacement(key, expected_version, &write);
  absl::StatusOr<uint64_t> version =
      co_await store_->CommitRenewal(key, fence, expected_version, lost_answers, write);
  if (!version.ok()) co_return TranslateStoreError(version.status());
  co_return version;
}

Task<absl::Status> SealingStore::AbandonRenewal(SlotKey key, uint64_t fence) {
  const absl::Status abandoned = co_await store_->AbandonRenewal(key, fence);
  co_return TranslateStoreError(abandoned);
}

Task<void> SealingStore::AwaitChange(SlotKey key, absl::Duration at_most) {
  return store_->AwaitChange(std::move(key), at_most);
}

Task<absl::Status> SealingStore::PutTicket(SlotKey key, std::string owner, std::string record,
                                           absl::Duration ttl) {
  SealRecord(*sealer_, TicketSealContext(key, owner), &record);
  const absl::Status put = co_await store_->PutTicket(key, owner, record, ttl);
  co_return TranslateStoreError(put);
}

Task<absl::StatusOr<Ticket>> SealingStore::SpendTicket(SlotKey key, std::string owner,
                                                       absl::Duration replay_window) {
  absl::StatusOr<Ticket> ticket = co_await store_->SpendTicket(key, owner, replay_window);
  if (!ticket.ok()) co_return TranslateStoreError(ticket.status());
  const absl::StatusOr<Secret> record =
      sealer_->Open(ticket->record, TicketSealContext(key, owner));
  if (!record.ok()) co_return CannotOpenRecord("ticket", record.status());
  ticket->record = record->Reveal();
  co_return ticket;
}

Task<absl::Status> SealingStore::Ping() {
  const absl::Status ping = co_await store_->Ping();
  co_return TranslateStoreError(ping);
}

void SealingStore::SetInvalidationListener(InvalidationListener listener) {
  store_->SetInvalidationListener(std::move(listener));
}

void SealingStore::SetReconnectListener(ReconnectListener listener) {
  store_->SetReconnectListener(std::move(listener));
}

bool SealingStore::CanRemember() const { return store_->CanRemember(); }

}  // namespace evertoken
