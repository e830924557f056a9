#include "server/broker/grant_tender.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/base/request_context.h"
#include "server/broker/agenda.h"
#include "server/broker/freshness.h"
#include "server/broker/renewal_failures.h"

namespace evertoken {
namespace {

// Clocks of replicas and store differ by so much without being wrong.
constexpr absl::Duration kEarly = absl::Milliseconds(100);
// In the guard's line. Short, because who waits there keeps other grants from being tended.
constexpr absl::Duration kLongestWait = absl::Seconds(5);
// How long a grant is put off, at least, whose provider cannot be asked; and one whose line has its share of what is under way.
constexpr absl::Duration kPutOff = absl::Seconds(30);
constexpr absl::Duration kPutOffByShare = absl::Seconds(5);

// Whose calls go one way or fail together.
std::string LineOf(const storage::v1::Grant& grant) {
  return absl::StrCat(grant.app(), "/", grant.provider());
}

bool IsDue(std::optional<absl::Time> time, absl::Time now) {
  return time.has_value() && *time - now <= kEarly;
}

}  // namespace

absl::string_view GrantTender::NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRenewed:
      return "renewed";
    case Outcome::kServed:
      return "served";
    case Outcome::kLookedAt:
      return "looked_at";
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

GrantTender::GrantTender(Parts parts)
    : parts_(parts),
      put_off_(parts.rate, parts.clock),
      unconfigured_(parts.rate, parts.clock),
      places_(parts.concurrent, parts.clock) {}

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
  if (!grant->grant().of_slot().empty() && CheckAlive(grant->grant()).ok()) {
    absl::StatusOr<Companions::Followed> followed = co_await parts_.companions->Follow(*grant);
    if (ReasonOf(followed.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND) co_return Outcome::kGone;
    if (!followed.ok()) co_return Outcome::kStoreDown;
    grant = std::move(followed->companion);
    const absl::Time now = parts_.clock->Now();
    // A question that is open is settled all the same, while there is time.
    const bool settles = attempt_open && FromTimestamp(grant->grant().expire_time()) > now;
    if (followed->rests && !settles) {
      const Outcome rests = co_await Rest(*std::move(grant), attempt_open);
      co_return rests;
    }
  }
  const config::v1::App* app = parts_.apps->Find(grant->grant().app());
  absl::StatusOr<ProviderBinding> binding = absl::NotFoundError("");
  if (app != nullptr) binding = parts_.apps->Bind(*app, grant->grant().provider());
  if (!binding.ok()) {
    // What is open keeps it in the queue: it comes back when its claim ends.
    if (attempt_open) co_return Outcome::kUnconfigured;
    const absl::Duration wait =
        unconfigured_.PutOff(LineOf(grant->grant()), kLookAgainUnconfigured);
    absl::Status put_off = co_await parts_.grants->SetDue(*std::move(grant), wait);
    co_return put_off.ok() ? Outcome::kUnconfigured : Outcome::kStoreDown;
  }
  const Outcome outcome =
      co_await DoWhatIsDue(app, *std::move(binding), *std::move(grant), attempt_open);
  co_return outcome;
}

Task<GrantTender::Outcome> GrantTender::DoWhatIsDue(const config::v1::App* app,
                                                    ProviderBinding binding, LoadedGrant grant,
                                                    bool attempt_open) {
  const absl::Time now = parts_.clock->Now();
  const storage::v1::Grant& record = grant.grant();
  const std::optional<absl::Time> renewal =
      NextRenewal(*app, *binding.entry, record, attempt_open, now);
  std::optional<absl::Time> notice;
  // What is open is settled before anything is told.
  std::optional<absl::Time> look;
  if (!attempt_open) {
    notice = NextNotice(*app, *binding.entry, record, now);
    look = NextLook(*binding.entry, record, now);
  }
  const std::optional<absl::Time> end = NextFollowing(record);
  Outcome outcome = Outcome::kNotDue;
  if (IsDue(notice, now)) {
    outcome = co_await Announce(app, std::move(binding), std::move(grant));
  } else if (IsDue(renewal, now)) {
    outcome = co_await Renew(app, std::move(binding), std::move(grant), notice);
  } else if (IsDue(look, now)) {
    outcome = co_await Look(app, std::move(binding), std::move(grant), notice);
  } else if (renewal.has_value() || notice.has_value() || look.has_value() || end.has_value()) {
    const absl::Time never = absl::InfiniteFuture();
    const absl::Time next = std::min({renewal.value_or(never), notice.value_or(never),
                                      look.value_or(never), end.value_or(never)});
    absl::Status corrected = co_await parts_.grants->SetDue(std::move(grant), next - now);
    if (!corrected.ok()) outcome = Outcome::kStoreDown;
  } else {
    outcome = co_await Drop(std::move(grant), attempt_open);
  }
  co_return outcome;
}

Task<GrantTender::Outcome> GrantTender::Announce(const config::v1::App* app,
                                                 ProviderBinding binding, LoadedGrant grant) {
  const absl::Time now = parts_.clock->Now();
  // The write that marks what is told carries the event, and the time of what is due next.
  GrantRepository::Change change = [app, &binding, now](storage::v1::Grant* record) {
    const bool has_ended = IsDue(NextEndNotice(*app, *record), now);
    const bool ends_soon = IsDue(NextAnnouncement(*app, *binding.entry, *record, now), now);
    if (has_ended) *record->mutable_told_expire_time() = record->expire_time();
    if (ends_soon) *record->mutable_announced_expire_time() = record->expire_time();
    return has_ended || ends_soon;
  };
  absl::StatusOr<LoadedGrant> marked =
      co_await parts_.grants->Update(std::move(grant), std::move(change));
  if (marked.ok()) co_return Outcome::kAnnounced;
  co_return ReasonOf(marked.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND ? Outcome::kGone
                                                                          : Outcome::kStoreDown;
}

Task<GrantTender::Outcome> GrantTender::Renew(const config::v1::App* app, ProviderBinding binding,
                                              LoadedGrant grant,
                                              std::optional<absl::Time> next_notice) {
  const std::optional<PlaceShares::Place> place = places_.Take(LineOf(grant.grant()));
  if (!place.has_value()) {
    const Outcome put_off =
        co_await PutOff(std::move(grant), absl::ZeroDuration(), kPutOffByShare, next_notice);
    co_return put_off;
  }
  const absl::Time deadline = parts_.clock->Now() + kLongestWait;
  absl::StatusOr<ProviderGuard::Permit> permit = co_await parts_.guard->Admit(
      *app, binding, RenewalCall(*binding.entry), Priority::kBackground, deadline);
  if (!permit.ok()) {
    const absl::Duration asked = RetryAfterOf(permit.status()).value_or(absl::ZeroDuration());
    const Outcome put_off =
        co_await PutOff(std::move(grant), asked, std::max(asked, kPutOff), next_notice);
    co_return put_off;
  }
  RequestContext context = MakeRequestContext("", "");
  context.app = app->key();
  Renewer::Result renewed = co_await parts_.renewer->RenewDue(
      std::move(context), std::move(binding), std::move(grant), *std::move(permit));
  if (!renewed.ok()) co_return Outcome::kFailed;
  co_return renewed->renewed && !renewed->joined ? Outcome::kRenewed : Outcome::kServed;
}

Task<GrantTender::Outcome> GrantTender::Look(const config::v1::App* app, ProviderBinding binding,
                                             LoadedGrant grant,
                                             std::optional<absl::Time> next_notice) {
  const std::optional<PlaceShares::Place> place = places_.Take(LineOf(grant.grant()));
  if (!place.has_value()) {
    const Outcome put_off =
        co_await PutOff(std::move(grant), absl::ZeroDuration(), kPutOffByShare, next_notice);
    co_return put_off;
  }
  absl::Status looked = co_await parts_.looks->Look(app, std::move(binding), grant);
  if (looked.ok()) co_return Outcome::kLookedAt;
  if (IsStoreDown(looked)) co_return Outcome::kStoreDown;
  const absl::Duration asked = RetryAfterOf(looked).value_or(absl::ZeroDuration());
  const Outcome put_off =
      co_await PutOff(std::move(grant), asked, std::max(asked, kPutOff), next_notice);
  co_return put_off;
}

Task<GrantTender::Outcome> GrantTender::PutOff(LoadedGrant grant, absl::Duration asked,
                                               absl::Duration least,
                                               std::optional<absl::Time> next_notice) {
  const absl::Time now = parts_.clock->Now();
  const absl::Duration in_line = put_off_.PutOff(LineOf(grant.grant()), least);
  absl::Duration wait = std::max(asked, std::min(in_line, LongestPutOff(grant.grant(), now)));
  if (next_notice.has_value()) wait = std::min(wait, *next_notice - now);
  absl::Status put_off = co_await parts_.grants->SetDue(std::move(grant), wait);
  co_return put_off.ok() ? Outcome::kRefused : Outcome::kStoreDown;
}

Task<GrantTender::Outcome> GrantTender::Rest(LoadedGrant companion, bool attempt_open) {
  // What is open keeps it in the queue: it comes back when its claim ends.
  if (attempt_open) co_return Outcome::kNotDue;
  absl::Status corrected = co_await parts_.grants->SetDue(std::move(companion), Companions::kRest);
  co_return corrected.ok() ? Outcome::kNotDue : Outcome::kStoreDown;
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
  const uint64_t fence = lease.fence();
  absl::StatusOr<uint64_t> written = co_await parts_.store->CommitRenewal(
      grant.key, fence, version, /*lost_answers=*/0, std::move(write));
  lease.Forget();
  co_return written.ok() ? Outcome::kDropped : Outcome::kStoreDown;
}

}  // namespace evertoken
