#include "server/broker/renewal_failures.h"

#include "server/base/error.h"

namespace evertoken {

absl::Status AmbiguousRenewal() {
  return MakeError(v1::ERROR_REASON_REFRESH_AMBIGUOUS,
                   "the provider's answer was lost and it may have spent the refresh token; let "
                   "the user sign in again");
}

absl::Status NoSuchToken() {
  return MakeError(v1::ERROR_REASON_TOKEN_NOT_FOUND,
                   "the access token is unknown; exchange a new request token");
}

absl::Status TakenOver() {
  return WithRetryAfter(MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE,
                                  "another replica took over this renewal; try again"),
                        absl::Seconds(1));
}

bool IsTerminal(const absl::Status& failure) {
  const ErrorReason reason = ReasonOf(failure);
  return reason == v1::ERROR_REASON_GRANT_REVOKED || reason == v1::ERROR_REASON_GRANT_EXPIRED;
}

bool IsAmbiguous(const absl::Status& failure) {
  return ReasonOf(failure) == v1::ERROR_REASON_REFRESH_AMBIGUOUS;
}

bool IsStoreDown(const absl::Status& failure) {
  return ReasonOf(failure) == v1::ERROR_REASON_STORE_UNAVAILABLE;
}

}  // namespace evertoken
