#include "server/broker/renewal_attempt.h"

#include <google/protobuf/util/message_differencer.h>

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
constexpr absl::Duration kFirstCommitRetry = absl::Milliseconds(50);
constexpr absl::Duration kSlowestCommitRetry = absl::Seconds(5);
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
      on_delay_(std::move(on_delay)),
      owner_(RandomToken(16)),
      refused_token_(cause == Cause::kTokenRefused
                         ? std::optional<Secret>(grant.grant().tokens().access_token())
                         : std::nullopt),
      current_(std::move(grant)),
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
  absl::Duration look = kFirstLook;
  for (;;) {
    absl::StatusOr<RenewalLease> lease =
        co_await parts_.store->BeginRenewal(current_.key, owner_, kLeaseLength);
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
    const absl::Duration pause = std::min(look, std::max(lease->held_for, absl::Milliseconds(1)));
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
      *answer = Outcome{current_, /*renewed=*/true, /*joined=*/true};
    } else {
      *answer = std::move(failure);
    }
    return true;
  }
  if (!HoldsRefusedToken() && FreshEnough(grant, *binding_.entry, std::nullopt, now)) {
    *answer = Outcome{current_, /*renewed=*/false, /*joined=*/false};
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
  const absl::Time began = parts_.clock->Now();
  const absl::Duration open_for = found_.has_value() ? found_->age : absl::ZeroDuration();
  // Every acquisition since the one that was found open may have presented the token.
  int lost = found_.has_value() ? static_cast<int>(fence_ - found_->fence) : 0;
  for (int presentations = 1;; ++presentations) {
    const absl::Duration since_first = open_for + (parts_.clock->Now() - began);
    if (lost > 0 && AfterLostAnswer(*binding_.entry, since_first, lost) == LostAnswer::kAmbiguous) {
      absl::Status ambiguous = Ambiguous();
      Result ended = co_await CommitFailure(std::move(ambiguous));
      co_return ended;
    }
    storage::v1::ProviderTokens tokens = current_.grant().tokens();
    RenewalResult reply = co_await parts_.providers->Renew(binding_, std::move(tokens));
    if (reply.outcome != SpendOutcome::kUnknown) {
      Result settled = co_await Settle(std::move(reply), lost > 0);
      co_return settled;
    }
    ++lost;
    absl::Status failure = reply.tokens.status();
    if (PresentingAgainIsHarmless(*binding_.entry)) {
      Result failed = co_await CommitFailure(std::move(failure));
      co_return failed;
    }
    // The attempt stays open in the slot, so that whoever comes next still knows when the token was first presented.
    if (presentations == kMaxPresentations)
      co_return WithRetryAfter(std::move(failure), kLeaseLength);
  }
}

Task<RenewalAttempt::Result> RenewalAttempt::Settle(RenewalResult reply, bool answer_was_lost) {
  if (reply.tokens.ok()) {
    storage::v1::ProviderTokens tokens = *std::move(reply.tokens);
    Result renewed = co_await CommitTokens(std::move(tokens));
    co_return renewed;
  }
  absl::Status failure = reply.tokens.status();
  // A refusal after a lost answer may only mean that the lost one spent the token: it proves no withdrawal.
  if (answer_was_lost && IsTerminal(failure) && !PresentingAgainIsHarmless(*binding_.entry))
    failure = Ambiguous();
  Result failed = co_await CommitFailure(std::move(failure));
  co_return failed;
}

Task<RenewalAttempt::Result> RenewalAttempt::CommitTokens(storage::v1::ProviderTokens tokens) {
  const absl::Time now = parts_.clock->Now();
  Change change = [this, tokens = std::move(tokens), now](storage::v1::Grant* grant) {
    // The app may have revoked the grant meanwhile: it stays revoked, and the tokens are not kept.
    if (!CheckAlive(*grant).ok()) return;
    ApplyTokens(*app_, *binding_.entry, tokens, now, grant);
  };
  absl::Status committed = co_await Commit(std::move(change));
  if (!committed.ok()) co_return committed;
  absl::Status alive = CheckAlive(current_.grant());
  if (!alive.ok()) co_return alive;
  co_return Outcome{current_, /*renewed=*/true, /*joined=*/false};
}

Task<RenewalAttempt::Result> RenewalAttempt::CommitFailure(absl::Status failure) {
  const absl::Time now = parts_.clock->Now();
  Change change = [failure, now](storage::v1::Grant* grant) {
    if (CheckAlive(*grant).ok()) ApplyFailure(failure, now, grant);
  };
  absl::Status committed = co_await Commit(std::move(change));
  if (!committed.ok()) co_return committed;
  co_return failure;
}

Task<absl::Status> RenewalAttempt::Commit(Change change) {
  absl::Duration pause = kFirstCommitRetry;
  bool told = false;
  for (;;) {
    absl::Status offered = co_await Offer(change);
    if (absl::IsAborted(offered)) continue;
    const bool store_down = ReasonOf(offered) == v1::ERROR_REASON_STORE_UNAVAILABLE;
    if (!store_down) co_return offered;
    if (!told) {
      told = true;
      Log(LogLevel::kError, "renewal_commit_waits", context_,
          {{"grant", current_.grant().grant_id()}, {"error", offered}});
      on_delay_(offered);
    }
    co_await Delay(pause);
    pause = std::min(pause * 2, kSlowestCommitRetry);
  }
}

Task<absl::Status> RenewalAttempt::Offer(const Change& change) {
  auto changed = std::make_shared<GrantSnapshot>(*current_.snapshot);
  change(&changed->grant);
  GrantWrite write = parts_.grants->Encode(changed->grant);
  const uint64_t epoch = parts_.grants->Epoch(current_.key);
  absl::StatusOr<uint64_t> version = co_await parts_.store->CommitRenewal(
      current_.key, fence_, current_.snapshot->version, std::move(write));
  if (version.ok()) {
    changed->version = *version;
    current_.snapshot = std::move(changed);
    parts_.grants->Remember(current_, epoch);
    co_return absl::OkStatus();
  }
  if (!absl::IsAborted(version.status())) co_return version.status();

  absl::StatusOr<LoadedGrant> reread = co_await parts_.grants->Reload(current_.key);
  if (!reread.ok()) co_return reread.status();
  // An earlier offer may have been taken although its answer was lost.
  if (google::protobuf::util::MessageDifferencer::Equals(reread->grant(), changed->grant)) {
    current_ = *std::move(reread);
    co_return absl::OkStatus();
  }
  if (reread->snapshot->version == current_.snapshot->version) {
    // The version is ours, so the fence is not: another holder took over while this one hung.
    Log(LogLevel::kError, "renewal_superseded", context_, {{"grant", current_.grant().grant_id()}});
    co_return WithRetryAfter(MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE,
                                       "another replica took over this renewal; try again"),
                             kLeaseLength);
  }
  current_ = *std::move(reread);
  co_return absl::AbortedError("the grant was changed meanwhile");
}

}  // namespace evertoken
