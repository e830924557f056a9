#include "server/broker/freshness.h"

#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/provider/token_binding.h"

namespace evertoken {

using config::v1::Provider;

namespace {

// Waits beyond it are not believed: what providers ask for is cut to it, so a longer one comes from a clock that was set back.
constexpr absl::Duration kLongestWait = absl::Hours(1);

// Whether `time` lies less than `span` back. One that lies ahead does not: a clock was wrong then or is now.
bool IsWithin(const google::protobuf::Timestamp& time, absl::Duration span, absl::Time now) {
  const absl::Duration age = now - FromTimestamp(time);
  return age >= absl::ZeroDuration() && age < span;
}

}  // namespace

bool FreshEnough(const storage::v1::Grant& grant, const Provider& entry,
                 std::optional<absl::Duration> min_remaining, absl::Time now) {
  if (!CheckAlive(grant).ok()) return false;
  const bool succeeded = grant.renewal().has_last_success_time() &&
                         grant.renewal().failure_reason().empty() &&
                         !grant.tokens().access_token().empty();
  if (succeeded && IsWithin(grant.renewal().last_success_time(), kShareWindow, now)) return true;
  // Asking before the provider allows it could only fail.
  if (entry.renewal().has_minimum_age() && AccessTokenUsable(grant.tokens(), kExpiryMargin, now) &&
      IsWithin(grant.tokens().obtain_time(), FromDuration(entry.renewal().minimum_age()), now)) {
    return true;
  }
  return min_remaining.has_value() && AccessTokenUsable(grant.tokens(), *min_remaining, now);
}

bool AccessTokenUsable(const storage::v1::ProviderTokens& tokens, absl::Duration min_remaining,
                       absl::Time now) {
  if (tokens.access_token().empty()) return false;
  if (!tokens.has_access_expire_time()) return true;
  return FromTimestamp(tokens.access_expire_time()) - now > min_remaining;
}

absl::Status CheckAlive(const storage::v1::Grant& grant) {
  switch (grant.state()) {
    case v1::GRANT_STATE_REVOKED:
      return MakeError(v1::ERROR_REASON_GRANT_REVOKED,
                       "the permission was withdrawn; let the user sign in again");
    case v1::GRANT_STATE_EXPIRED:
      return MakeError(v1::ERROR_REASON_GRANT_EXPIRED,
                       "the provider's own deadline has passed; let the user sign in again");
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckRenewable(const storage::v1::Grant& grant, const Provider& entry,
                            absl::Time now) {
  absl::Status alive = CheckAlive(grant);
  if (!alive.ok()) return alive;
  if (grant.state() == v1::GRANT_STATE_AMBIGUOUS) {
    return MakeError(v1::ERROR_REASON_REFRESH_AMBIGUOUS,
                     "the answer to an earlier renewal was lost and the provider may have spent "
                     "the refresh token; "
                     "let the user sign in again");
  }
  if (RenewalKindOf(entry, grant.tokens()) == Provider::Renewal::KIND_NONE) {
    return MakeError(v1::ERROR_REASON_REFRESH_NOT_SUPPORTED,
                     "the provider gave nothing that can be renewed; let the user sign in again "
                     "when the token expires");
  }
  const storage::v1::RenewalHistory& history = grant.renewal();
  if (!history.failure_reason().empty() && history.has_next_attempt_time() &&
      !history.own_backoff()) {
    const absl::Duration wait = FromTimestamp(history.next_attempt_time()) - now;
    if (wait > absl::ZeroDuration() && wait <= kLongestWait) {
      return WithRetryAfter(MakeError(ReasonFromName(history.failure_reason()),
                                      "the last attempt failed and its waiting time is not over"),
                            wait);
    }
  }
  return absl::OkStatus();
}

}  // namespace evertoken
