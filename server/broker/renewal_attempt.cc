#include "server/broker/renewal_attempt.h"

#include <algorithm>
#include <utility>

#include "server/base/error.h"
#include "server/base/one_shot.h"
#include "server/base/proto_time.h"
#include "server/broker/agenda.h"
#include "server/broker/expiry.h"
#include "server/broker/freshness.h"
#include "server/broker/guarded_provider.h"
#include "server/broker/renewal_failures.h"
#include "server/broker/renewal_rules.h"
#include "server/broker/renewed_tokens.h"

namespace evertoken {
namespace {

using config::v1::Provider;

// How often a slot that somebody else holds is looked at when nothing tells of its end.
constexpr absl::Duration kLook = absl::Milliseconds(500);
// Presentations of one token by one attempt, where the provider allows more than one.
constexpr int kMaxPresentations = 3;
// Before a token is presented again after a reply that said nothing; longer each time.
constexpr absl::Duration kPauseAfterUnclear = absl::Milliseconds(200);

bool HasGrace(const Provider& entry) {
  return entry.renewal().lost_response_policy() ==
         Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_WITHIN_GRACE;
}

bool CountsPresentations(const Provider& entry) {
  return entry.renewal().lost_response_policy() ==
         Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_ONCE;
}

}  // namespace

RenewalAttempt::RenewalAttempt(Parts parts, const config::v1::App* app, RequestContext context,
                               ProviderBinding binding, LoadedGrant grant, Cause cause,
                               std::optional<ProviderGuard::Permit> permit,
                               std::function<void(absl::Status)> on_delay)
    : parts_(parts),
      app_(app),
      context_(std::move(context)),
      binding_(std::move(binding)),
      cause_(cause),
      on_delay_(std::move(on_delay)),
      refused_token_(cause == Cause::kTokenRefused
                         ? std::optional<Secret>(grant.grant().tokens().access_token())
                         : std::nullopt),
      current_(std::move(grant)),
      lease_(parts.executor, parts.store, parts.clock, current_.key, parts.lease),
      commit_(parts.store, parts.grants, [this](absl::Status why) { return Tell(std::move(why)); }),
      permit_(std::move(permit)),
      known_attempts_(current_.grant().renewal().attempts()) {}

Task<RenewalAttempt::Result> RenewalAttempt::Run() {
  // Before the lease: while a slot is leased nothing but the renewal itself shall take time.
  absl::Status prepared = co_await parts_.providers->PrepareRenewal(binding_);
  std::optional<Result> ended = co_await TakeLease();
  if (ended.has_value()) co_return *std::move(ended);
  std::shared_ptr<const GrantSnapshot> forgotten = parts_.recent->MissingIn(current_);
  if (forgotten != nullptr) {
    Result put_back = co_await PutBack(std::move(forgotten));
    co_return put_back;
  }
  std::optional<Result> answer = AnswerOfSlot();
  if (answer.has_value()) {
    permit_.reset();
    Result passed_on = co_await Abandon(*std::move(answer));
    co_return passed_on;
  }
  lost_ = found_.has_value() ? found_->lost_answers : 0;
  if (!prepared.ok()) {
    Result failed = co_await CommitFailure(std::move(prepared), lost_, /*unclear=*/false);
    co_return failed;
  }
  Result result = co_await AskProvider();
  co_return result;
}

Task<absl::Status> RenewalAttempt::Admit() {
  if (permit_.has_value()) co_return absl::OkStatus();
  const absl::Time deadline = parts_.clock->Now() + parts_.lease.provider_call;
  absl::StatusOr<ProviderGuard::Permit> permit = co_await parts_.guard->Admit(
      *app_, binding_, RenewalCall(*binding_.entry), Priority::kCaller, deadline);
  if (permit.ok()) permit_.emplace(*std::move(permit));
  co_return permit.status();
}

Task<std::optional<RenewalAttempt::Result>> RenewalAttempt::TakeLease() {
  for (;;) {
    absl::Status admitted = co_await Admit();
    if (!admitted.ok()) co_return admitted;
    taken_ = parts_.clock->SinceBoot();
    absl::StatusOr<RenewalLease> lease = co_await lease_.Take();
    if (absl::IsNotFound(lease.status())) co_return NoSuchToken();
    if (!lease.ok()) {
      if (!IsStoreDown(lease.status())) co_return lease.status();
      permit_.reset();
      co_await Tell(lease.status());
      co_await lease_.GiveBack();
      co_return lease.status();
    }
    if (lease->acquired) {
      absl::StatusOr<LoadedGrant> leased = parts_.grants->Decode(current_.key, lease->slot);
      if (!leased.ok()) {
        permit_.reset();
        co_await lease_.GiveBack();
        co_return leased.status();
      }
      current_ = *std::move(leased);
      found_ = lease->slot.open_attempt;
      co_return std::nullopt;
    }
    // Whoever waits for another holder keeps nobody from asking.
    permit_.reset();
    waited_ = true;
    const absl::Duration held_for = lease->slot.held_for;
    std::optional<Result> ended = co_await AwaitHolder(held_for);
    if (ended.has_value()) co_return ended;
  }
}

Task<std::optional<RenewalAttempt::Result>> RenewalAttempt::AwaitHolder(absl::Duration held_for) {
  for (;;) {
    const absl::Duration pause = std::clamp(held_for, absl::Milliseconds(1), kLook);
    co_await parts_.store->AwaitChange(current_.key, pause);
    absl::StatusOr<GrantSlot> slot = co_await parts_.store->ReadGrant(current_.key);
    if (absl::IsNotFound(slot.status())) co_return NoSuchToken();
    if (!slot.ok()) co_return slot.status();
    absl::StatusOr<LoadedGrant> read = parts_.grants->Decode(current_.key, *slot);
    if (!read.ok()) co_return read.status();
    current_ = *std::move(read);
    std::optional<Result> answer = AnswerOfSlot();
    if (answer.has_value()) co_return answer;
    held_for = slot->held_for;
    if (held_for <= absl::ZeroDuration()) co_return std::nullopt;
  }
}

bool RenewalAttempt::HoldsRefusedToken() const {
  return refused_token_.has_value() &&
         refused_token_->Reveal() == current_.grant().tokens().access_token();
}

std::optional<RenewalAttempt::Result> RenewalAttempt::AnswerOfSlot() const {
  const storage::v1::Grant& grant = current_.grant();
  const absl::Time now = parts_.clock->Now();
  // Who comes because the grant is due has nothing to ask once somebody else did.
  const bool others_serve = waited_ || cause_ == Cause::kDue;
  if (others_serve && grant.renewal().attempts() > known_attempts_) {
    absl::Status failure = RecordedFailure(grant, now);
    if (!failure.ok()) return failure;
    return Outcome{current_, /*renewed=*/true, /*joined=*/true, LoadedGrant()};
  }
  if (!HoldsRefusedToken() && FreshEnough(grant, *binding_.entry, std::nullopt, now))
    return Outcome{current_, /*renewed=*/false, /*joined=*/false, LoadedGrant()};
  absl::Status renewable = CheckRenewable(grant, *binding_.entry, now);
  if (renewable.ok()) return std::nullopt;
  return renewable;
}

Task<RenewalAttempt::Result> RenewalAttempt::Abandon(Result answer) {
  // An earlier attempt that was found open stays open: the question it left is the next holder's.
  absl::Status freed = co_await lease_.Abandon();
  if (IsStoreDown(freed)) {
    on_delay_(answer.ok() ? freed : answer.status());
    permit_.reset();
    co_await lease_.GiveBack();
  }
  co_return answer;
}

absl::Duration RenewalAttempt::SinceFirstPresentation() const {
  const absl::Duration by_earlier = found_.has_value() ? found_->age : absl::ZeroDuration();
  return by_earlier + (parts_.clock->SinceBoot() - taken_);
}

Task<absl::Status> RenewalAttempt::CoverPresentation() {
  absl::Status covered;
  if (presentations_ > 0 && CountsPresentations(*binding_.entry)) {
    covered = co_await lease_.CoverAnotherPresentation();
  } else {
    covered = co_await lease_.CoverCall();
  }
  co_return covered;
}

Task<RenewalAttempt::Result> RenewalAttempt::AskProvider() {
  for (;;) {
    absl::Status covered = co_await CoverPresentation();
    if (!covered.ok()) {
      Result ended = co_await NotCovered(std::move(covered));
      co_return ended;
    }
    const LostAnswer rule = AfterLostAnswer(*binding_.entry, SinceFirstPresentation(), lost_);
    if (lost_ > 0 && rule == LostAnswer::kAmbiguous) {
      absl::Status ambiguous = AmbiguousRenewal();
      Result ended = co_await CommitFailure(std::move(ambiguous), /*lost=*/0, /*unclear=*/false);
      co_return ended;
    }
    ++presentations_;
    storage::v1::ProviderTokens tokens = current_.grant().tokens();
    const absl::Time end_by = parts_.clock->Now() + parts_.lease.provider_call;
    RenewalResult reply = co_await parts_.providers->Renew(binding_, std::move(tokens), end_by);
    learnt_ = OutcomeOf(reply);
    if (reply.outcome == SpendOutcome::kUnknown) ++lost_;
    if (reply.outcome == SpendOutcome::kUnclear) unclear_ = true;
    if (!MayBeAskedAgain(reply)) {
      ReportCall();
      Result settled = co_await Settle(std::move(reply));
      co_return settled;
    }
    if (reply.outcome == SpendOutcome::kUnclear)
      co_await Delay(presentations_ * kPauseAfterUnclear);
  }
}

// Where the answer is lost, the rule is asked again at the next round, after the lease was proven.
bool RenewalAttempt::MayBeAskedAgain(const RenewalResult& reply) const {
  if (presentations_ >= kMaxPresentations) return false;
  if (PresentingAgainIsHarmless(*binding_.entry)) return false;
  if (reply.outcome == SpendOutcome::kUnknown) return true;
  // A gateway's error may hide new tokens; the provider gives them again while its grace lasts.
  return reply.outcome == SpendOutcome::kUnclear && HasGrace(*binding_.entry) &&
         AfterLostAnswer(*binding_.entry, SinceFirstPresentation(), /*presentations=*/1) ==
             LostAnswer::kPresentAgain;
}

void RenewalAttempt::ReportCall() {
  if (permit_.has_value()) permit_->Report(learnt_);
  permit_.reset();
}

Task<RenewalAttempt::Result> RenewalAttempt::NotCovered(absl::Status why) {
  if (absl::IsAborted(why)) {
    Result overtaken = co_await Overtaken();
    co_return overtaken;
  }
  if (presentations_ > 0) {
    Result failed = co_await CommitFailure(std::move(why), lost_, unclear_);
    co_return failed;
  }
  co_await Tell(why);
  permit_.reset();
  co_await lease_.GiveBack();
  co_return why;
}

Task<RenewalAttempt::Result> RenewalAttempt::Settle(RenewalResult reply) {
  if (reply.tokens.ok()) {
    storage::v1::ProviderTokens tokens = *std::move(reply.tokens);
    Result renewed = co_await CommitTokens(std::move(tokens));
    co_return renewed;
  }
  absl::Status failure = reply.tokens.status();
  const bool harmless = PresentingAgainIsHarmless(*binding_.entry);
  const bool may_be_spent = lost_ > 0 || unclear_ || current_.grant().renewal().answer_unclear();
  // A refusal of a token that an earlier answer may have replaced proves no withdrawal.
  if (IsTerminal(failure) && may_be_spent && !RefusalProvesTheEnd(*binding_.entry))
    failure = AmbiguousRenewal();
  // Any other failure answers nothing about the presentations before it.
  const bool settled = harmless || IsTerminal(failure) || IsAmbiguous(failure);
  const bool lost_now = reply.outcome == SpendOutcome::kUnknown;
  if (lost_now && !settled) failure = WithRetryAfter(std::move(failure), parts_.lease.length);
  const bool unclear = unclear_ || (lost_now && settled);
  Result failed = co_await CommitFailure(std::move(failure), settled ? 0 : lost_, unclear);
  co_return failed;
}

Task<RenewalAttempt::Result> RenewalAttempt::CommitTokens(storage::v1::ProviderTokens tokens) {
  const LoadedGrant before = current_;
  storage::v1::RenewedGrant renewed;
  renewed.set_slot(current_.key.value);
  *renewed.mutable_grant() = before.grant();
  const absl::Time now = parts_.clock->Now();
  ApplyTokens(*app_, *binding_.entry, tokens, now, renewed.mutable_grant());
  absl::Status verdict = JudgeAtHand(*binding_.entry, before.grant(), renewed.grant());
  if (!verdict.ok()) WithdrawTokens(before.grant(), verdict, now, renewed.mutable_grant());
  renewed.set_presentations(presentations_);
  *renewed.mutable_slot_expire_time() =
      ToTimestamp(FromTimestamp(before.grant().expire_time()) + kRemembranceAfterEnd);
  const Homecoming::End end = co_await BringHome(std::move(renewed));
  if (end == Homecoming::End::kWritten) {
    if (!verdict.ok()) co_return verdict;
    co_return Outcome{current_, /*renewed=*/true, /*joined=*/false, before};
  }
  if (end == Homecoming::End::kTaken) {
    absl::Status alive = CheckAlive(current_.grant());
    if (!alive.ok()) co_return alive;
    co_return Outcome{current_, /*renewed=*/true, /*joined=*/true, LoadedGrant()};
  }
  Result homeless = co_await RevokeHomeless(std::move(tokens));
  co_return homeless;
}

Task<RenewalAttempt::Result> RenewalAttempt::PutBack(std::shared_ptr<const GrantSnapshot> known) {
  Log(LogLevel::kError, "store_forgot_result", context_, {{"grant", known->grant.grant_id()}});
  if (!known->grant.ended_by_app()) {
    storage::v1::RenewedGrant renewed;
    renewed.set_slot(current_.key.value);
    *renewed.mutable_grant() = known->grant;
    *renewed.mutable_slot_expire_time() =
        ToTimestamp(FromTimestamp(known->grant.expire_time()) + kRemembranceAfterEnd);
    const Homecoming::End end = co_await BringHome(std::move(renewed));
    if (end == Homecoming::End::kExpired) co_return NoSuchToken();
  } else {
    RenewalCommit::Change change = [known](storage::v1::Grant* grant) { *grant = known->grant; };
    absl::StatusOr<RenewalCommit::End> end =
        co_await commit_.Write(&current_, &lease_, /*lost_answers=*/0, std::move(change));
    if (!end.ok()) co_return end.status();
  }
  absl::Status alive = CheckAlive(current_.grant());
  if (!alive.ok()) co_return alive;
  co_return Outcome{current_, /*renewed=*/true, /*joined=*/true, LoadedGrant()};
}

Task<Homecoming::End> RenewalAttempt::BringHome(storage::v1::RenewedGrant renewed) {
  const Homecoming::Parts parts = {parts_.executor, parts_.store, parts_.grants, parts_.journal,
                                   parts_.clock};
  Homecoming homecoming(parts, context_, &lease_, std::move(renewed), on_delay_, std::nullopt);
  const Homecoming::End end = co_await homecoming.Run(&current_);
  if (end == Homecoming::End::kWritten) parts_.recent->Remember(current_);
  co_return end;
}

Task<RenewalAttempt::Result> RenewalAttempt::RevokeHomeless(storage::v1::ProviderTokens tokens) {
  GuardedProvider guarded(parts_.providers, parts_.guard, parts_.clock, parts_.lease.provider_call);
  absl::StatusOr<bool> revoked = co_await guarded.Revoke(app_, binding_, std::move(tokens));
  if (!revoked.ok()) {
    Log(LogLevel::kWarn, "new_tokens_not_revoked", context_,
        {{"grant", current_.grant().grant_id()}, {"error", revoked.status()}});
  }
  absl::Status ended = CheckAlive(current_.grant());
  co_return ended.ok() ? NoSuchToken() : ended;
}

Task<RenewalAttempt::Result> RenewalAttempt::CommitFailure(absl::Status failure, int lost,
                                                           bool unclear) {
  ReportCall();
  const absl::Time now = parts_.clock->Now();
  const int64_t generation = current_.grant().tokens().generation();
  const bool may_matter = unclear && !RefusalProvesTheEnd(*binding_.entry);
  const bool due = cause_ == Cause::kDue;
  RenewalCommit::Change change = [=](storage::v1::Grant* grant) {
    // What was said of other tokens than these is no news.
    if (!CheckAlive(*grant).ok() || grant->tokens().generation() != generation) return;
    ApplyFailure(failure, now, grant);
    if (may_matter) grant->mutable_renewal()->set_answer_unclear(true);
    if (due) SetOwnBackoff(now, grant);
  };
  absl::StatusOr<RenewalCommit::End> end =
      co_await commit_.Write(&current_, &lease_, lost, std::move(change));
  if (!end.ok()) co_return end.status();
  if (*end == RenewalCommit::End::kWritten) co_return failure;
  Result overtaken = co_await Overtaken();
  co_return overtaken;
}

Task<RenewalAttempt::Result> RenewalAttempt::Overtaken() {
  Log(LogLevel::kError, "renewal_lease_lost", context_, {{"grant", current_.grant().grant_id()}});
  lease_.Forget();
  absl::StatusOr<LoadedGrant> reread = co_await parts_.grants->Reload(current_.key);
  if (!reread.ok()) co_return reread.status();
  current_ = *std::move(reread);
  waited_ = true;
  std::optional<Result> answer = AnswerOfSlot();
  co_return answer.has_value() ? *std::move(answer) : TakenOver();
}

Task<void> RenewalAttempt::Tell(absl::Status delay) {
  if (std::exchange(told_, true)) co_return;
  Log(LogLevel::kError, "renewal_waits_for_store", context_,
      {{"grant", current_.grant().grant_id()}, {"error", delay}});
  on_delay_(std::move(delay));
}

}  // namespace evertoken
