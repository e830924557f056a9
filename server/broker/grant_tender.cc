#include "server/broker/grant_tender.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/base/error.h"
#include "server/base/request_context.h"
#include "server/broker/agenda.h"
#include "server/broker/renewal_failures.h"

namespace evertoken {
namespace {

// Clocks of replicas and store differ by so much without being wrong.
constexpr absl::Duration kEarly = absl::Milliseconds(100);
// In the guard's line. Short, because who waits there keeps other grants from being tended.
constexpr absl::Duration kLongestWait = absl::Seconds(5);
// How long a grant is put off that its provider cannot be asked for. Spread, because there may be a million of them.
constexpr absl::Duration kPutOff = absl::Seconds(30);
constexpr absl::Duration kPutOffSpread = absl::Minutes(5);

}  // namespace

absl::string_view GrantTender::NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRenewed:
      return "renewed";
    case Outcome::kServed:
      return "served";
    case Outcome::kAnnounced:
      return "announced";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kNotDue:
      return "not_due";
    case Outcome::kDropped:
      return "dropped";
    case Outcome::kUnconfigured:
      return "unconfigured";
    case Outcome::kBusy:
      return "busy";
    case Outcome::kGone:
      return "gone";
    case Outcome::kUnreadable:
      return "unreadable";
    case Outcome::kStoreDown:
      return "store_down";
  }
  return "";
}

GrantTender::GrantTender(Parts parts) : parts_(std::move(parts)) {}

Task<GrantTender::Outcome> GrantTender::Tend(SlotKey key) {
  absl::StatusOr<GrantSlot> slot = co_await parts_.store->ReadGrant(key);
  if (absl::IsNotFound(slot.status())) co_return Outcome::kGone;
  if (IsStoreDown(slot.status())) co_return Outcome::kStoreDown;
  if (!slot.ok()) co_return Outcome::kUnreadable;
  absl::StatusOr<LoadedGrant> grant = parts_.grants->Decode(std::move(key), *slot);
  if (!grant.ok()) co_return Outcome::kUnreadable;
  // It is due again when the lease ends.
  if (slot->held_for > absl::ZeroDuration()) co_return Outcome::kBusy;
  const bool attempt_open = slot->open_attempt.has_value();
  const config::v1::App* app = parts_.apps->Find(grant->grant().app());
  absl::StatusOr<ProviderBinding> binding = absl::NotFoundError("");
  if (app != nullptr) binding = parts_.apps->Bind(*app, grant->grant().provider());
  if (!binding.ok()) {
    // What is open keeps it in the queue: it comes back when its claim ends.
    if (attempt_open) co_return Outcome::kUnconfigured;
    const Outcome put_off =
        co_await PutOff(*std::move(grant), kLookAgainUnconfigured, Outcome::kUnconfigured);
    co_return put_off;
  }
  const absl::Time now = parts_.clock->Now();
  std::optional<absl::Time> due =
      NextRenewal(*app, *binding->entry, grant->grant(), attempt_open, now);
  std::optional<absl::Time> announcement;
  // What is open is settled first.
  if (!attempt_open) announcement = NextAnnouncement(*app, *binding->entry, grant->grant(), now);
  Outcome outcome = Outcome::kNotDue;
  if (announcement.has_value() && *announcement - now <= kEarly) {
    outcome = co_await Announce(app, *std::move(binding), *std::move(grant));
    co_return outcome;
  }
  if (announcement.has_value()) due = std::min(due.value_or(*announcement), *announcement);
  if (!due.has_value()) {
    outcome = co_await Drop(*std::move(grant), attempt_open);
  } else if (*due - now > kEarly) {
    absl::Status corrected = co_await parts_.grants->SetDue(*std::move(grant), *due - now);
    if (!corrected.ok()) outcome = Outcome::kStoreDown;
  } else {
    outcome = co_await Renew(app, *std::move(binding), *std::move(grant));
  }
  co_return outcome;
}

Task<GrantTender::Outcome> GrantTender::Announce(const config::v1::App* app,
                                                 ProviderBinding binding, LoadedGrant grant) {
  const absl::Time now = parts_.clock->Now();
  // The write that marks it carries the event, and the time of what is due next.
  GrantRepository::Change change = [app, &binding, now](storage::v1::Grant* record) {
    if (!NextAnnouncement(*app, *binding.entry, *record, now).has_value()) return false;
    *record->mutable_announced_expire_time() = record->expire_time();
    return true;
  };
  absl::StatusOr<LoadedGrant> marked =
      co_await parts_.grants->Update(std::move(grant), std::move(change));
  if (marked.ok()) co_return Outcome::kAnnounced;
  co_return ReasonOf(marked.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND ? Outcome::kGone
                                                                          : Outcome::kStoreDown;
}

Task<GrantTender::Outcome> GrantTender::Renew(const config::v1::App* app, ProviderBinding binding,
                                              LoadedGrant grant) {
  const absl::Time deadline = parts_.clock->Now() + kLongestWait;
  absl::StatusOr<ProviderGuard::Permit> permit = co_await parts_.guard->Admit(
      *app, binding, RenewalCall(*binding.entry), Priority::kBackground, deadline);
  if (!permit.ok()) {
    const absl::Duration wait =
        std::max(RetryAfterOf(permit.status()).value_or(absl::ZeroDuration()), kPutOff);
    const Outcome put_off = co_await PutOff(std::move(grant), wait, Outcome::kRefused);
    co_return put_off;
  }
  RequestContext context = MakeRequestContext("", "");
  context.app = app->key();
  Renewer::Result renewed = co_await parts_.renewer->RenewDue(
      std::move(context), std::move(binding), std::move(grant), *std::move(permit));
  if (!renewed.ok()) co_return Outcome::kFailed;
  co_return renewed->renewed && !renewed->joined ? Outcome::kRenewed : Outcome::kServed;
}

Task<GrantTender::Outcome> GrantTender::PutOff(LoadedGrant grant, absl::Duration wait,
                                               Outcome outcome) {
  const absl::Duration spread = wait + kPutOffSpread * parts_.random();
  absl::Status put_off = co_await parts_.grants->SetDue(std::move(grant), spread);
  co_return put_off.ok() ? outcome : Outcome::kStoreDown;
}

Task<GrantTender::Outcome> GrantTender::Drop(LoadedGrant grant, bool attempt_open) {
  if (attempt_open) {
    const Outcome closed = co_await Close(std::move(grant));
    co_return closed;
  }
  absl::Status dropped = co_await parts_.grants->SetDue(std::move(grant), std::nullopt);
  co_return dropped.ok() ? Outcome::kDropped : Outcome::kStoreDown;
}

Task<GrantTender::Outcome> GrantTender::Close(LoadedGrant grant) {
  SlotLease lease(parts_.executor, parts_.store, parts_.clock, grant.key, parts_.lease);
  absl::StatusOr<RenewalLease> taken = co_await lease.Take();
  if (!taken.ok()) {
    co_await lease.GiveBack();
    co_return Outcome::kStoreDown;
  }
  if (!taken->acquired) co_return Outcome::kBusy;
  const uint64_t version = grant.snapshot->version;
  if (taken->slot.version != version) {
    // What was written since may be a reason to wait. It is due again when this lease would have ended.
    co_await lease.GiveBack();
    co_return Outcome::kNotDue;
  }
  GrantWrite write = parts_.grants->Encode(grant.grant(), grant.grant());
  write.due_in = std::nullopt;
  const uint64_t fence = lease.fence();
  absl::StatusOr<uint64_t> written = co_await parts_.store->CommitRenewal(
      grant.key, fence, version, /*lost_answers=*/0, std::move(write));
  lease.Forget();
  co_return written.ok() ? Outcome::kDropped : Outcome::kStoreDown;
}

}  // namespace evertoken
