#include "server/broker/renewal_rules.h"

#include <optional>

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/broker/expiry.h"

namespace evertoken {
namespace {

using config::v1::Provider;

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

LostAnswer AfterLostAnswer(const Provider& entry, absl::Duration since_first, int presentations) {
  if (PresentingAgainIsHarmless(entry)) return LostAnswer::kPresentAgain;
  bool again = false;  // without a policy: the most careful one
  switch (entry.renewal().lost_response_policy()) {
    case Provider::Renewal::LOST_RESPONSE_POLICY_RETRY_WITHIN_GRACE:
      again = since_first < FromDuration(entry.renewal().reuse_grace());
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
  *grant->mutable_tokens() = tokens;
  const Expiry expiry = RefreshedExpiry(app, FromTimestamp(grant->login_time()),
                                        ProviderDeadline(entry, tokens), now);
  *grant->mutable_expire_time() = ToTimestamp(expiry.time);
  grant->set_expiry_limit(expiry.limit);
  grant->set_state(v1::GRANT_STATE_ACTIVE);
  grant->clear_renewal();
  *grant->mutable_renewal()->mutable_last_attempt_time() = ToTimestamp(now);
  *grant->mutable_renewal()->mutable_last_success_time() = ToTimestamp(now);
}

void ApplyFailure(const absl::Status& failure, absl::Time now, storage::v1::Grant* grant) {
  const ErrorReason reason = ReasonOf(failure);
  grant->set_state(StateAfter(reason, grant->state()));
  // Dead tokens help nobody but a thief.
  if (EndsGrant(grant->state())) grant->clear_tokens();

  storage::v1::RenewalHistory& history = *grant->mutable_renewal();
  *history.mutable_last_attempt_time() = ToTimestamp(now);
  if (history.failure_reason().empty()) *history.mutable_first_failure_time() = ToTimestamp(now);
  history.set_failure_reason(ReasonName(reason));
  history.set_failures(history.failures() + 1);
  history.clear_next_attempt_time();
  const std::optional<absl::Duration> wait = RetryAfterOf(failure);
  if (wait.has_value()) *history.mutable_next_attempt_time() = ToTimestamp(now + *wait);
}

void WithdrawTokens(const storage::v1::Grant& before, const absl::Status& verdict, absl::Time now,
                    storage::v1::Grant* grant) {
  const bool had_token = !grant->tokens().access_token().empty();
  grant->mutable_tokens()->clear_access_token();
  grant->mutable_tokens()->clear_id_token();
  *grant->mutable_expire_time() = before.expire_time();
  grant->set_expiry_limit(before.expiry_limit());
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
  if (!history.has_next_attempt_time()) return failure;
  return WithRetryAfter(std::move(failure), FromTimestamp(history.next_attempt_time()) - now);
}

}  // namespace evertoken
