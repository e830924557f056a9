#include "server/broker/call_outcome.h"

#include <algorithm>

#include "server/base/error.h"

namespace evertoken {
namespace {

using Kind = CallOutcome::Kind;

Kind KindOf(const absl::Status& status) {
  if (status.ok()) return Kind::kWorks;
  switch (ReasonOf(status)) {
    case v1::ERROR_REASON_PROVIDER_UNAVAILABLE:
      return Kind::kDown;
    case v1::ERROR_REASON_PROVIDER_RATE_LIMITED:
      return Kind::kThrottled;
    case v1::ERROR_REASON_PROVIDER_MISCONFIGURED:
      return Kind::kClientRefused;
    case v1::ERROR_REASON_CREDENTIAL_REJECTED:
    case v1::ERROR_REASON_GRANT_REVOKED:
    case v1::ERROR_REASON_GRANT_EXPIRED:
    case v1::ERROR_REASON_USER_ACTION_REQUIRED:
    case v1::ERROR_REASON_SCOPE_MISSING:
    case v1::ERROR_REASON_PROVIDER_REPLY_INVALID:
      return Kind::kWorks;
    default:
      return Kind::kNothingLearnt;
  }
}

CallOutcome WithPause(CallOutcome outcome, absl::Duration pause) {
  // What the reply's headers say is more exact than the wait that the status carries by default.
  if (pause > absl::ZeroDuration()) outcome.pause = pause;
  return outcome;
}

}  // namespace

CallOutcome OutcomeOf(const absl::Status& status) {
  CallOutcome outcome;
  outcome.kind = KindOf(status);
  if (outcome.kind == Kind::kThrottled)
    outcome.pause = RetryAfterOf(status).value_or(absl::ZeroDuration());
  return outcome;
}

CallOutcome OutcomeOf(const RenewalResult& result) {
  CallOutcome outcome = WithPause(OutcomeOf(result.tokens.status()), result.pause);
  // A token that is too young or too old to be sent proves nothing of the provider.
  if (result.outcome == SpendOutcome::kNotSent && outcome.kind == Kind::kWorks)
    outcome.kind = Kind::kNothingLearnt;
  return outcome;
}

CallOutcome OutcomeOf(const ProfileResult& result) {
  return WithPause(OutcomeOf(result.status), result.pause);
}

}  // namespace evertoken
