#ifndef EVERTOKEN_SERVER_BROKER_FRESHNESS_H_
#define EVERTOKEN_SERVER_BROKER_FRESHNESS_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/storage/v1/grant.pb.h"

// When the provider must be asked, as pure functions.
namespace evertoken {

// Calls within this time of a finished renewal share it.
constexpr absl::Duration kShareWindow = absl::Seconds(5);
// A provider token with less life than this is taken as expired: it would not survive the way to its use.
constexpr absl::Duration kExpiryMargin = absl::Seconds(10);

// Whether a refresh can be answered without asking the provider. `min_remaining` unset: only a renewal that just finished is shared.
bool FreshEnough(const storage::v1::Grant& grant, const config::v1::Provider& entry,
                 std::optional<absl::Duration> min_remaining, absl::Time now);

// Whether the provider's access token can be used at `now` with `min_remaining` of life left. A token without known expiry can.
bool AccessTokenUsable(const storage::v1::ProviderTokens& tokens, absl::Duration min_remaining,
                       absl::Time now);

// Why the grant can give no service any more: GRANT_REVOKED or GRANT_EXPIRED. OK for every other state.
absl::Status CheckAlive(const storage::v1::Grant& grant);

// Why the provider must not or cannot be asked to renew now: CheckAlive, REFRESH_AMBIGUOUS, REFRESH_NOT_SUPPORTED, or the last
// failure again while its waiting time runs. OK: it can be asked.
absl::Status CheckRenewable(const storage::v1::Grant& grant, const config::v1::Provider& entry,
                            absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_FRESHNESS_H_
