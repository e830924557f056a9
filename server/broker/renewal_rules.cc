#include "server/broker/renewal_rules.h"

#include <algorithm>
#include <optional>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/expiry.h"
#include "server/broker/freshness.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::Grant;

v1::GrantState StateAfter(ErrorReason reason, v1::GrantState before) {
  switch (reason) {
    case v1::ERROR_REASON_GRANT_REVOKED:
      return v1::GRANT_STATE_REVOKED;
    case v1::ERROR_REASON_GRANT_EXPIRED:
      return v1::GRANT_STATE_EXPIRED;
    case v1::ERROR_REASON_REFRESH_AMBIGUOUS:
      return v1::GRANT_STATE_AMBIGUOUS;
    case v1::ERROR_REASON_USER_ACTION_REQUIRED:
      return v1::GRANT_STATE_USER_ACTION_REQUIRED;
    default:
      return before == v1::GRANT_STATE_USER_ACTION_REQUIRED ? before : v1::GRANT_STATE_FAILING;
  }
}

bool EndsGrant(v1::GrantState state) {
  return state == v1::GRANT_STATE_REVOKED || state == v1::GRANT_STATE_EXPIRED;
}

}  // namespace

bool PresentingAgainIsHarmless(const Provider& entry) {
  return entry.renewal().kind() == Provider::Renewal::KIND_LIVENESS_CHECK ||
         entry.renewal().lost_response_policy() == Provider::Renewal::LOST_RESPONSE_POLICY_RETRY;
}

absl::Duration CallTimeout(const Provider& entry, absl::Duration timeout) {
  if (entry.renewal().lost_response_policy() !=
      Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_WITHIN_GRACE) {
    return timeout;
  }
  constexpr absl::Duration kShortest = absl::Seconds(2);
  const absl::Duration quarter = FromDuration(entry.renewal().reuse_grace()) / 4;
  return std::min(timeout, std::max(quarter, kShortest));
}

bool RefusalProvesTheEnd(const Provider& entry) {
  if (entry.renewal().kind() == Provider::Renewal::KIND_LIVENESS_CHECK) return true;
  return PresentingAgainIsHarmless(entry) &&
         entry.renewal().rotation() == Provider::Renewal::ROTATION_NONE;
}

LostAnswer AfterLostAnswer(const Provider& entry, absl::Duration since_first, int presentations) {
  if (PresentingAgainIsHarmless(entry)) return LostAnswer::kPresentAgain;
  bool again = false;  // without a policy: the most careful one
  switch (entry.renewal().lost_response_policy()) {
    case Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_WITHIN_GRACE:
      again = since_first < FromDuration(entry.renewal().reuse_grace()) / 2;
      break;
    case Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_ONCE:
      again = presentations <= 1;
      break;
    default:
      break;
  }
  return again ? LostAnswer::kPresentAgain : LostAnswer::kAmbiguous;
}

void ApplyTokens(const config::v1::App& app, const Provider& entry,
                 const storage::v1::ProviderTokens& tokens, absl::Time now,
                 storage::v1::Grant* grant) {
  const int64_t generation = grant->tokens().generation() + 1;
  *grant->mutable_tokens() = tokens;
  grant->mutable_tokens()->set_generation(generation);
  if (grant->claimed()) grant->mutable_tokens()->clear_secondary();
  if (grant->of_slot().empty()) {
    const Expiry expiry = RefreshedExpiry(app, FromTimestamp(grant->login_time()),
                                          ProviderDeadline(entry, tokens), now);
    *grant->mutable_expire_time() = ToTimestamp(expiry.time);
    grant->set_expiry_limit(expiry.limit);
  }
  grant->set_state(v1::GRANT_STATE_ACTIVE);
  const int64_t attempts = grant->renewal().attempts() + 1;
  grant->clear_renewal();
  grant->mutable_renewal()->set_attempts(attempts);
  *grant->mutable_renewal()->mutable_last_attempt_time() = ToTimestamp(now);
  *grant->mutable_renewal()->mutable_last_success_time() = ToTimestamp(now);
}

void ApplyRenewed(const Grant& renewed, Grant* grant) {
  *grant->mutable_tokens() = renewed.tokens();
  // What was renewed before the claim ended after it: the companions have them.
  if (grant->claimed()) grant->mutable_tokens()->clear_secondary();
  if (grant->of_slot().empty()) {
    *grant->mutable_expire_time() = renewed.expire_time();
    grant->set_expiry_limit(renewed.expiry_limit());
  }
  grant->set_state(renewed.state());
  *grant->mutable_renewal() = renewed.renewal();
}

SlotPlace PlaceFor(const Grant& renewed, const Grant& in_slot) {
  if (in_slot.ended_by_app()) return SlotPlace::kEnded;
  const bool earlier = in_slot.tokens().generation() < renewed.tokens().generation();
  return earlier ? SlotPlace::kWaiting : SlotPlace::kTaken;
}

bool IsMissing(const Grant& written, const Grant& read) {
  if (written.ended_by_app()) return !read.ended_by_app();
  return PlaceFor(written, read) == SlotPlace::kWaiting;
}

void ApplyFailure(const absl::Status& failure, absl::Time now, storage::v1::Grant* grant) {
  const ErrorReason reason = ReasonOf(failure);
  grant->set_state(StateAfter(reason, grant->state()));
  // Dead tokens help nobody but a thief.
  if (EndsGrant(grant->state())) {
    const int64_t generation = grant->tokens().generation();
    grant->clear_tokens();
    grant->mutable_tokens()->set_generation(generation);
  }

  storage::v1::RenewalHistory& history = *grant->mutable_renewal();
  *history.mutable_last_attempt_time() = ToTimestamp(now);
  if (history.failure_reason().empty()) *history.mutable_first_failure_time() = ToTimestamp(now);
  history.set_failure_reason(ReasonName(reason));
  history.set_failures(history.failures() + 1);
  history.set_attempts(history.attempts() + 1);
  history.clear_next_attempt_time();
  history.clear_own_backoff();
  const std::optional<absl::Duration> wait = RetryAfterOf(failure);
  if (wait.has_value()) *history.mutable_next_attempt_time() = ToTimestamp(now + *wait);
}

void ApplyEnd(ErrorReason reason, absl::Time now, storage::v1::Grant* grant) {
  ApplyFailure(MakeError(reason, ""), now, grant);
  grant->set_ended_by_app(true);
}

void WithdrawTokens(const storage::v1::Grant& before, const absl::Status& verdict, absl::Time now,
                    storage::v1::Grant* grant) {
  const bool had_token = !grant->tokens().access_token().empty();
  grant->mutable_tokens()->clear_access_token();
  grant->mutable_tokens()->clear_id_token();
  if (grant->of_slot().empty()) {
    *grant->mutable_expire_time() = before.expire_time();
    grant->set_expiry_limit(before.expiry_limit());
  }
  // For the user nothing has become better: what grows with each failure goes on growing.
  const storage::v1::RenewalHistory& row = before.renewal();
  if (!row.failure_reason().empty()) {
    grant->mutable_renewal()->set_failure_reason(row.failure_reason());
    grant->mutable_renewal()->set_failures(row.failures());
    *grant->mutable_renewal()->mutable_first_failure_time() = row.first_failure_time();
  }
  ApplyFailure(verdict, now, grant);
  // What is wrong with a token that is there is whose it is.
  grant->mutable_renewal()->set_identity_unproven(had_token ||
                                                  before.renewal().identity_unproven());
}

absl::Status RecordedFailure(const storage::v1::Grant& grant, absl::Time now) {
  const storage::v1::RenewalHistory& history = grant.renewal();
  if (history.failure_reason().empty()) return absl::OkStatus();
  absl::Status failure =
      MakeError(ReasonFromName(history.failure_reason()), "the renewal that was under way failed");
  if (!history.has_next_attempt_time() || history.own_backoff()) return failure;
  return WithRetryAfter(std::move(failure), FromTimestamp(history.next_attempt_time()) - now);
}

}  // namespace evertoken
