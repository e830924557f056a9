#include "server/broker/homecoming.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/renewal_failures.h"
#include "server/broker/renewal_rules.h"

namespace evertoken {
namespace {

// Between looks at a slot that somebody else holds, when nothing tells of its end.
constexpr absl::Duration kLook = absl::Milliseconds(500);

}  // namespace

Homecoming::Homecoming(Parts parts, RequestContext context, SlotLease* lease,
                       storage::v1::RenewedGrant renewed,
                       std::function<void(absl::Status)> on_delay,
                       std::optional<ResultJournal::EntryId> journaled)
    : parts_(parts),
      context_(std::move(context)),
      lease_(lease),
      renewed_(std::move(renewed)),
      on_delay_(std::move(on_delay)),
      commit_(parts.store, parts.grants,
              [this](absl::Status why) { return StoreIsAway(std::move(why)); }),
      keeping_(parts.executor, parts.journal, context_, journaled) {}

Task<Homecoming::End> Homecoming::Run(LoadedGrant* slot) {
  std::optional<End> end;
  while (!end.has_value()) {
    if (lease_->held()) {
      end = co_await Write(slot);
    } else {
      end = co_await LookAndTake(slot);
    }
  }
  co_await FreeLease();
  keeping_.Release();
  co_return *end;
}

Task<std::optional<Homecoming::End>> Homecoming::Write(LoadedGrant* slot) {
  switch (PlaceFor(renewed_.grant(), slot->grant())) {
    case SlotPlace::kTaken:
      co_return End::kTaken;
    case SlotPlace::kEnded:
      co_return End::kEnded;
    case SlotPlace::kWaiting:
      break;
  }
  RenewalCommit::Change change = [this](storage::v1::Grant* grant) {
    if (PlaceFor(renewed_.grant(), *grant) == SlotPlace::kWaiting)
      ApplyRenewed(renewed_.grant(), grant);
  };
  keeping_.Arm(&renewed_);
  absl::StatusOr<RenewalCommit::End> end =
      co_await commit_.Write(slot, lease_, /*lost_answers=*/0, std::move(change));
  keeping_.Disarm();
  if (end.ok() && *end == RenewalCommit::End::kWritten) {
    const bool ended = PlaceFor(renewed_.grant(), slot->grant()) == SlotPlace::kEnded;
    co_return ended ? End::kEnded : End::kWritten;
  }
  absl::Status why = end.ok() ? TakenOver() : end.status();
  Log(LogLevel::kError, end.ok() ? "renewal_lease_lost" : "renewal_commit_refused", context_,
      {{"grant", renewed_.grant().grant_id()}, {"error", why}});
  lease_->Forget();
  co_await keeping_.KeepNow(renewed_, std::move(why));
  co_return std::nullopt;
}

Task<std::optional<Homecoming::End>> Homecoming::LookAndTake(LoadedGrant* slot) {
  absl::StatusOr<LoadedGrant> found = co_await parts_.grants->Reload(slot->key);
  if (ReasonOf(found.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND) {
    std::optional<End> end = co_await Recreate(slot);
    co_return end;
  }
  if (!found.ok()) {
    // Also a record of a key that this process does not have yet: what is in the slot cannot be judged.
    if (!parts_.insist && !IsStoreDown(found.status())) co_return End::kUnreadable;
    co_await commit_.WaitForStore(found.status());
    co_return std::nullopt;
  }
  *slot = *std::move(found);
  switch (PlaceFor(renewed_.grant(), slot->grant())) {
    case SlotPlace::kTaken:
      co_return End::kTaken;
    case SlotPlace::kEnded:
      co_return End::kEnded;
    case SlotPlace::kWaiting:
      break;
  }
  absl::StatusOr<RenewalLease> lease = co_await lease_->Take();
  if (!lease.ok()) {
    co_await commit_.WaitForStore(lease.status());
    co_return std::nullopt;
  }
  if (!lease->acquired) {
    absl::Status held = TakenOver();
    co_await keeping_.KeepNow(renewed_, std::move(held));
    const absl::Duration pause = std::clamp(lease->slot.held_for, absl::Milliseconds(1), kLook);
    co_await parts_.store->AwaitChange(slot->key, pause);
    co_return std::nullopt;
  }
  absl::StatusOr<LoadedGrant> leased = parts_.grants->Decode(slot->key, lease->slot);
  if (leased.ok()) *slot = *std::move(leased);
  // Somebody else presented the old token too: its answer may have replaced these tokens.
  const std::optional<OpenAttempt>& open = lease->slot.open_attempt;
  if (open.has_value() && open->lost_answers > renewed_.presentations())
    renewed_.mutable_grant()->mutable_renewal()->set_answer_unclear(true);
  co_return std::nullopt;
}

Task<std::optional<Homecoming::End>> Homecoming::Recreate(LoadedGrant* slot) {
  const absl::Time now = parts_.clock->Now();
  const storage::v1::Grant& grant = renewed_.grant();
  if (FromTimestamp(renewed_.slot_expire_time()) <= now) co_return End::kExpired;
  auto made = std::make_shared<GrantSnapshot>();
  made->grant = grant;
  made->version = 1;
  GrantWrite write = parts_.grants->Encode(storage::v1::Grant::default_instance(), grant);
  const uint64_t epoch = parts_.grants->Epoch(slot->key);
  absl::Status created = co_await parts_.store->CreateGrant(slot->key, std::move(write));
  if (created.ok()) {
    slot->snapshot = std::move(made);
    parts_.grants->Remember(*slot, epoch);
    co_return End::kWritten;
  }
  if (!absl::IsAlreadyExists(created)) co_await commit_.WaitForStore(std::move(created));
  co_return std::nullopt;
}

Task<void> Homecoming::FreeLease() {
  while (lease_->held()) {
    absl::Status freed = co_await lease_->Abandon();
    if (freed.ok() || absl::IsAborted(freed)) break;
    co_await commit_.WaitForStore(std::move(freed));
  }
}

Task<void> Homecoming::StoreIsAway(absl::Status why) {
  co_await keeping_.KeepNow(renewed_, why);
  if (!std::exchange(told_, true)) on_delay_(std::move(why));
}

}  // namespace evertoken
