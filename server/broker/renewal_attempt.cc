#include "server/broker/renewal_attempt.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/one_shot.h"
#include "server/base/proto_time.h"
#include "server/broker/freshness.h"
#include "server/broker/lease_keeper.h"
#include "server/broker/renewal_rules.h"

namespace evertoken {
namespace {

// Short, so that a crashed holder blocks its grant only for moments; the keeper makes it as long as it needs to be.
constexpr absl::Duration kLeaseLength = absl::Seconds(10);
// How often another replica's lease is looked at. Once a replica, because callers in one process join.
constexpr absl::Duration kFirstLook = absl::Milliseconds(50);
constexpr absl::Duration kSlowestLook = absl::Milliseconds(500);
// Presentations of one token by one attempt, where the provider allows more than one.
constexpr int kMaxPresentations = 3;

absl::Status Ambiguous() {
  return MakeError(v1::ERROR_REASON_REFRESH_AMBIGUOUS,
                   "the provider's answer was lost and it may have spent the refresh token; let "
                   "the user sign in again");
}

bool IsTerminal(const absl::Status& failure) {
  const ErrorReason reason = ReasonOf(failure);
  return reason == v1::ERROR_REASON_GRANT_REVOKED || reason == v1::ERROR_REASON_GRANT_EXPIRED;
}

bool IsAmbiguous(const absl::Status& failure) {
  return ReasonOf(failure) == v1::ERROR_REASON_REFRESH_AMBIGUOUS;
}

absl::Status TakenOver() {
  return WithRetryAfter(MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE,
                                  "another replica took over this renewal; try again"),
                        kLeaseLength);
}

// What a renewal presents, and what a rotating provider takes only once.
const std::string& CredentialOf(const storage::v1::ProviderTokens& tokens) {
  return tokens.refresh_token().empty() ? tokens.access_token() : tokens.refresh_token();
}

absl::Time LastAttempt(const storage::v1::Grant& grant) {
  return grant.renewal().has_last_attempt_time()
             ? FromTimestamp(grant.renewal().last_attempt_time())
             : absl::InfinitePast();
}

}  // namespace

RenewalAttempt::RenewalAttempt(Parts parts, const config::v1::App* app, RequestContext context,
                               ProviderBinding binding, LoadedGrant grant, Cause cause,
                               std::function<void(absl::Status)> on_delay)
    : parts_(parts),
      app_(app),
      context_(std::move(context)),
      binding_(std::move(binding)),
      refused_token_(cause == Cause::kTokenRefused
                         ? std::optional<Secret>(grant.grant().tokens().access_token())
                         : std::nullopt),
      current_(std::move(grant)),
      commit_(parts.store, parts.grants, context_, std::move(on_delay)),
      known_attempt_(LastAttempt(current_.grant())) {}

Task<RenewalAttempt::Result> RenewalAttempt::Run() {
  absl::Status taken = co_await TakeLease();
  if (!taken.ok()) co_return taken;
  Result answer = absl::UnknownError("");
  if (AnsweredBySlot(&answer)) {
    Result passed_on = co_await Abandon(std::move(answer));
    co_return passed_on;
  }
  LeaseKeeper keeper(parts_.executor, parts_.store, current_.key, fence_, kLeaseLength);
  Result result = co_await AskProvider();
  co_return result;
}

Task<absl::Status> RenewalAttempt::TakeLease() {
  const std::string owner = RandomToken(16);
  absl::Duration look = kFirstLook;
  for (;;) {
    absl::StatusOr<RenewalLease> lease =
        co_await parts_.store->BeginRenewal(current_.key, owner, kLeaseLength);
    if (absl::IsNotFound(lease.status())) {
      co_return MakeError(v1::ERROR_REASON_TOKEN_NOT_FOUND,
                          "the access token is unknown; exchange a new request token");
    }
    if (!lease.ok()) co_return lease.status();
    if (lease->acquired) {
      absl::StatusOr<LoadedGrant> reread = parts_.grants->Decode(current_.key, lease->slot);
      if (!reread.ok()) co_return reread.status();
      current_ = *std::move(reread);
      fence_ = lease->fence;
      found_ = lease->slot.open_attempt;
      co_return absl::OkStatus();
    }
    waited_ = true;
    const absl::Duration pause =
        std::min(look, std::max(lease->slot.held_for, absl::Milliseconds(1)));
    co_await Delay(pause);
    look = std::min(look * 2, kSlowestLook);
  }
}

bool RenewalAttempt::HoldsRefusedToken() const {
  return refused_token_.has_value() &&
         refused_token_->Reveal() == current_.grant().tokens().access_token();
}

bool RenewalAttempt::AnsweredBySlot(Result* answer) const {
  const storage::v1::Grant& grant = current_.grant();
  const absl::Time now = parts_.clock->Now();
  if (waited_ && LastAttempt(grant) > known_attempt_) {
    absl::Status failure = RecordedFailure(grant, now);
    if (failure.ok()) {
      *answer = Outcome{current_, /*renewed=*/true, /*joined=*/true, LoadedGrant()};
    } else {
      *answer = std::move(failure);
    }
    return true;
  }
  if (!HoldsRefusedToken() && FreshEnough(grant, *binding_.entry, std::nullopt, now)) {
    *answer = Outcome{current_, /*renewed=*/false, /*joined=*/false, LoadedGrant()};
    return true;
  }
  absl::Status renewable = CheckRenewable(grant, *binding_.entry, now);
  if (renewable.ok()) return false;
  *answer = std::move(renewable);
  return true;
}

Task<RenewalAttempt::Result> RenewalAttempt::Abandon(Result answer) {
  // An earlier attempt that was found open stays open: the question it left is the next holder's.
  absl::Status abandoned = co_await parts_.store->AbandonRenewal(current_.key, fence_);
  if (!abandoned.ok())
    Log(LogLevel::kWarn, "renewal_abandon_failed", context_, {{"error", abandoned}});
  co_return answer;
}

Task<RenewalAttempt::Result> RenewalAttempt::AskProvider() {
  presented_ = Secret(CredentialOf(current_.grant().tokens()));
  begun_with_ = current_;
  const absl::Time began = parts_.clock->Now();
  const absl::Duration open_for = found_.has_value() ? found_->age : absl::ZeroDuration();
  int lost = found_.has_value() ? found_->lost_answers : 0;
  for (int presentations = 1;; ++presentations) {
    const absl::Duration since_first = open_for + (parts_.clock->Now() - began);
    if (lost > 0 && AfterLostAnswer(*binding_.entry, since_first, lost) == LostAnswer::kAmbiguous) {
      absl::Status ambiguous = Ambiguous();
      Result ended = co_await CommitFailure(std::move(ambiguous), /*lost=*/0, /*unclear=*/false);
      co_return ended;
    }
    storage::v1::ProviderTokens tokens = current_.grant().tokens();
    RenewalResult reply = co_await parts_.providers->Renew(binding_, std::move(tokens));
    if (reply.outcome != SpendOutcome::kUnknown) {
      Result settled = co_await Settle(std::move(reply), lost);
      co_return settled;
    }
    ++lost;
    const bool harmless = PresentingAgainIsHarmless(*binding_.entry);
    if (harmless || presentations == kMaxPresentations) {
      absl::Status failure = reply.tokens.status();
      if (!harmless) failure = WithRetryAfter(std::move(failure), kLeaseLength);
      Result failed = co_await CommitFailure(std::move(failure), harmless ? 0 : lost, false);
      co_return failed;
    }
  }
}

Task<RenewalAttempt::Result> RenewalAttempt::Settle(RenewalResult reply, int lost) {
  if (reply.tokens.ok()) {
    storage::v1::ProviderTokens tokens = *std::move(reply.tokens);
    Result renewed = co_await CommitTokens(std::move(tokens));
    co_return renewed;
  }
  absl::Status failure = reply.tokens.status();
  const bool harmless = PresentingAgainIsHarmless(*binding_.entry);
  const bool may_be_spent = lost > 0 || current_.grant().renewal().answer_unclear();
  // A refusal of a token that an earlier answer may have replaced proves no withdrawal.
  if (IsTerminal(failure) && may_be_spent && !harmless) failure = Ambiguous();
  // Any other failure answers nothing about the presentations before it.
  const bool settled = harmless || IsTerminal(failure) || IsAmbiguous(failure);
  const bool unclear = !harmless && reply.outcome == SpendOutcome::kUnclear;
  Result failed = co_await CommitFailure(std::move(failure), settled ? 0 : lost, unclear);
  co_return failed;
}

Task<RenewalAttempt::Result> RenewalAttempt::CommitTokens(storage::v1::ProviderTokens tokens) {
  const absl::Time now = parts_.clock->Now();
  RenewalCommit::Change change = [this, tokens, now](storage::v1::Grant* grant) {
    // The app may have revoked the grant meanwhile: it stays revoked, and the tokens are not kept.
    if (!CheckAlive(*grant).ok()) return;
    ApplyTokens(*app_, *binding_.entry, tokens, now, grant);
  };
  for (;;) {
    absl::StatusOr<RenewalCommit::End> end =
        co_await commit_.Write(&current_, fence_, /*lost_answers=*/0, change);
    if (!end.ok()) co_return end.status();
    if (*end == RenewalCommit::End::kWritten) break;
    Log(LogLevel::kError, "renewal_lease_lost", context_, {{"grant", current_.grant().grant_id()}});
    absl::StatusOr<Slot> slot = co_await Regain(change);
    if (!slot.ok()) co_return slot.status();
    if (*slot == Slot::kWritten) break;
    if (*slot == Slot::kLeased) continue;
    Result answer = TakenOver();
    AnsweredBySlot(&answer);
    Result passed_on = co_await Abandon(std::move(answer));
    if (CheckAlive(current_.grant()).ok()) co_return passed_on;
    break;
  }
  Result outcome = co_await AfterCommit(std::move(tokens));
  co_return outcome;
}

Task<absl::StatusOr<RenewalAttempt::Slot>> RenewalAttempt::Regain(RenewalCommit::Change change) {
  waited_ = true;
  for (;;) {
    const uint64_t known_version = current_.snapshot->version;
    absl::Status taken = co_await TakeLease();
    if (taken.ok()) {
      const bool forgotten = current_.snapshot->version < known_version;
      const bool waits = CredentialOf(current_.grant().tokens()) == presented_.Reveal();
      co_return forgotten || waits ? Slot::kLeased : Slot::kNewer;
    }
    if (ReasonOf(taken) == v1::ERROR_REASON_TOKEN_NOT_FOUND) {
      absl::StatusOr<RenewalCommit::End> created = co_await commit_.Create(&current_, change);
      if (!created.ok()) co_return created.status();
      if (*created == RenewalCommit::End::kWritten) co_return Slot::kWritten;
    } else if (ReasonOf(taken) == v1::ERROR_REASON_STORE_UNAVAILABLE) {
      co_await commit_.WaitForStore(current_, std::move(taken));
    } else {
      co_return taken;
    }
  }
}

Task<RenewalAttempt::Result> RenewalAttempt::AfterCommit(storage::v1::ProviderTokens tokens) {
  absl::Status alive = CheckAlive(current_.grant());
  if (alive.ok()) co_return Outcome{current_, /*renewed=*/true, /*joined=*/false, begun_with_};
  absl::StatusOr<bool> revoked = co_await parts_.providers->Revoke(binding_, std::move(tokens));
  if (!revoked.ok()) {
    Log(LogLevel::kWarn, "new_tokens_not_revoked", context_,
        {{"grant", current_.grant().grant_id()}, {"error", revoked.status()}});
  }
  co_return alive;
}

Task<RenewalAttempt::Result> RenewalAttempt::CommitFailure(absl::Status failure, int lost,
                                                           bool unclear) {
  const absl::Time now = parts_.clock->Now();
  RenewalCommit::Change change = [failure, unclear, now](storage::v1::Grant* grant) {
    if (!CheckAlive(*grant).ok()) return;
    ApplyFailure(failure, now, grant);
    if (unclear) grant->mutable_renewal()->set_answer_unclear(true);
  };
  absl::StatusOr<RenewalCommit::End> end =
      co_await commit_.Write(&current_, fence_, lost, std::move(change));
  if (!end.ok()) co_return end.status();
  if (*end == RenewalCommit::End::kWritten) co_return failure;
  Result overtaken = co_await Overtaken();
  co_return overtaken;
}

Task<RenewalAttempt::Result> RenewalAttempt::Overtaken() {
  Log(LogLevel::kError, "renewal_lease_lost", context_, {{"grant", current_.grant().grant_id()}});
  absl::StatusOr<LoadedGrant> reread = co_await parts_.grants->Reload(current_.key);
  if (!reread.ok()) co_return reread.status();
  current_ = *std::move(reread);
  waited_ = true;
  Result answer = TakenOver();
  AnsweredBySlot(&answer);
  co_return answer;
}

}  // namespace evertoken
