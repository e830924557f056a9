#ifndef EVERTOKEN_SERVER_BROKER_RENEWAL_FAILURES_H_
#define EVERTOKEN_SERVER_BROKER_RENEWAL_FAILURES_H_

#include "absl/status/status.h"

// What a renewal fails with beside the provider's own answers, and what failures mean to it.
namespace evertoken {

// REFRESH_AMBIGUOUS: an answer was lost for good.
absl::Status AmbiguousRenewal();
// TOKEN_NOT_FOUND: the slot is gone.
absl::Status NoSuchToken();
// STORE_UNAVAILABLE, to be tried again soon: another replica holds the slot now.
absl::Status TakenOver();

// Whether the failure ends the grant.
bool IsTerminal(const absl::Status& failure);
bool IsAmbiguous(const absl::Status& failure);
bool IsStoreDown(const absl::Status& failure);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RENEWAL_FAILURES_H_
