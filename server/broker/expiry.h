#ifndef EVERTOKEN_SERVER_BROKER_EXPIRY_H_
#define EVERTOKEN_SERVER_BROKER_EXPIRY_H_

#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "evertoken/v1/token_service.pb.h"

// The expiry rule, as pure functions. Whoever asks "why this date" finds the answer here.
namespace evertoken {

// Longest life of a refreshed token when no setting says less.
constexpr absl::Duration kDefaultRefreshWindow = absl::Hours(60 * 24);
// Life of an access token before its first refresh when the app says nothing.
constexpr absl::Duration kDefaultAccessTokenTtl = absl::Minutes(15);
// How long an ended or expired grant is remembered, so that its caller hears why instead of "unknown token".
constexpr absl::Duration kRemembranceAfterEnd = absl::Hours(24);

struct Expiry {
  absl::Time time;
  v1::ExpiryLimit limit = v1::EXPIRY_LIMIT_UNSPECIFIED;

  friend bool operator==(const Expiry&, const Expiry&) = default;
};

// Until when the provider lets these tokens live or be renewed; InfiniteFuture when it sets no end.
absl::Time ProviderDeadline(const config::v1::Provider& entry,
                            const storage::v1::ProviderTokens& tokens);

// The access token's life before its first refresh: now + access_token_ttl, cut by the provider's deadline and the app's absolute
// lifetime.
Expiry InitialExpiry(const config::v1::App& app, absl::Time login, absl::Time provider_deadline,
                     absl::Time now);

// After a refresh: now + min(60 days, what the provider allows, the app's setting), cut by the app's absolute lifetime. Of
// equal limits the provider's is named first, then the app's.
Expiry RefreshedExpiry(const config::v1::App& app, absl::Time login, absl::Time provider_deadline,
                       absl::Time now);

// How long the store keeps a grant that expires at `expiry`.
absl::Duration KeepFor(absl::Time expiry, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_EXPIRY_H_
