#include "server/store/sealing_store.h"

#include <initializer_list>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace evertoken {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);

// Each part is preceded by its length, so that no two lists of parts give the same context.
std::string Context(std::initializer_list<absl::string_view> parts) {
  std::string context;
  for (absl::string_view part : parts) absl::StrAppend(&context, part.size(), ":", part);
  return context;
}

std::string GrantContext(const SlotKey& key, absl::string_view app, uint64_t version) {
  return Context({"grant", key.value, app, absl::StrCat(version)});
}

// Replaces the record by its sealed form and wipes what it was.
void SealRecord(const TokenSealer& sealer, absl::string_view context, std::string* record) {
  std::string sealed = sealer.Seal(*record, context);
  WipeString(record);
  *record = std::move(sealed);
}

std::string TicketContext(const SlotKey& key, absl::string_view owner) {
  return Context({"ticket", key.value, owner});
}

// What the layers above may see of a store's error.
absl::Status Translate(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return status;
    default:
      return WithRetryAfter(
          MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE,
                    absl::StrCat("The store cannot be used now, nothing was lost; try again. (",
                                 status.message(), ")")),
          kRetryAfter);
  }
}

absl::Status CannotOpen(absl::string_view kind, const absl::Status& status) {
  const absl::string_view advice = status.code() == absl::StatusCode::kFailedPrecondition
                                       ? "; put the key back into the key ring, the record is kept"
                                       : "; the record is kept as it is";
  return MakeError(
      v1::ERROR_REASON_INTERNAL,
      absl::StrCat("A stored ", kind, " cannot be opened: ", status.message(), advice, "."));
}

absl::Status OpenGrant(const TokenSealer& sealer, const SlotKey& key, GrantSlot* slot) {
  const absl::StatusOr<Secret> record =
      sealer.Open(slot->record, GrantContext(key, slot->app, slot->version));
  if (!record.ok()) return CannotOpen("grant", record.status());
  slot->record = record->Reveal();
  return absl::OkStatus();
}

}  // namespace

SealingStore::SealingStore(std::unique_ptr<TokenStore> store, const TokenSealer* sealer)
    : store_(std::move(store)), sealer_(sealer) {}
SealingStore::~SealingStore() = default;

Task<absl::StatusOr<GrantSlot>> SealingStore::ReadGrant(SlotKey key) {
  absl::StatusOr<GrantSlot> slot = co_await store_->ReadGrant(key);
  if (!slot.ok()) co_return Translate(slot.status());
  const absl::Status opened = OpenGrant(*sealer_, key, &*slot);
  if (!opened.ok()) co_return opened;
  co_return slot;
}

Task<absl::Status> SealingStore::CreateGrant(SlotKey key, GrantWrite write) {
  SealRecord(*sealer_, GrantContext(key, write.app, 1), &write.record);
  const absl::Status created = co_await store_->CreateGrant(key, write);
  co_return Translate(created);
}

Task<absl::StatusOr<uint64_t>> SealingStore::WriteGrant(SlotKey key, uint64_t expected_version,
                                                        GrantWrite write) {
  SealRecord(*sealer_, GrantContext(key, write.app, expected_version + 1), &write.record);
  absl::StatusOr<uint64_t> version = co_await store_->WriteGrant(key, expected_version, write);
  if (!version.ok()) co_return Translate(version.status());
  co_return version;
}

Task<absl::StatusOr<RenewalLease>> SealingStore::BeginRenewal(SlotKey key, std::string owner,
                                                              absl::Duration duration) {
  absl::StatusOr<RenewalLease> lease = co_await store_->BeginRenewal(key, owner, duration);
  if (!lease.ok()) co_return Translate(lease.status());
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
  co_return Translate(extended);
}

Task<absl::StatusOr<uint64_t>> SealingStore::CommitRenewal(SlotKey key, uint64_t fence,
                                                           uint64_t expected_version,
                                                           int lost_answers, GrantWrite write) {
  SealRecord(*sealer_, GrantContext(key, write.app, expected_version + 1), &write.record);
  absl::StatusOr<uint64_t> version =
      co_await store_->CommitRenewal(key, fence, expected_version, lost_answers, write);
  if (!version.ok()) co_return Translate(version.status());
  co_return version;
}

Task<absl::Status> SealingStore::AbandonRenewal(SlotKey key, uint64_t fence) {
  const absl::Status abandoned = co_await store_->AbandonRenewal(key, fence);
  co_return Translate(abandoned);
}

Task<absl::Status> SealingStore::PutTicket(SlotKey key, std::string owner, std::string record,
                                           absl::Duration ttl) {
  SealRecord(*sealer_, TicketContext(key, owner), &record);
  const absl::Status put = co_await store_->PutTicket(key, owner, record, ttl);
  co_return Translate(put);
}

Task<absl::StatusOr<Ticket>> SealingStore::SpendTicket(SlotKey key, std::string owner,
                                                       absl::Duration replay_window) {
  absl::StatusOr<Ticket> ticket = co_await store_->SpendTicket(key, owner, replay_window);
  if (!ticket.ok()) co_return Translate(ticket.status());
  const absl::StatusOr<Secret> record = sealer_->Open(ticket->record, TicketContext(key, owner));
  if (!record.ok()) co_return CannotOpen("ticket", record.status());
  ticket->record = record->Reveal();
  co_return ticket;
}

Task<absl::Status> SealingStore::Ping() {
  const absl::Status ping = co_await store_->Ping();
  co_return Translate(ping);
}

void SealingStore::SetInvalidationListener(InvalidationListener listener) {
  store_->SetInvalidationListener(std::move(listener));
}

bool SealingStore::CanRemember() const { return store_->CanRemember(); }

}  // namespace evertoken
