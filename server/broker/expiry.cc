#include "server/broker/expiry.h"

#include <algorithm>

#include "server/base/proto_time.h"

namespace evertoken {
namespace {

Expiry Earlier(Expiry a, Expiry b) { return b.time < a.time ? b : a; }

// Cuts `own` by the limits that hold at any time. The provider's comes first, so it is named when it equals another.
Expiry Cut(Expiry own, const config::v1::App& app, absl::Time login, absl::Time provider_deadline) {
  Expiry expiry = Earlier({provider_deadline, v1::EXPIRY_LIMIT_PROVIDER}, own);
  if (app.has_absolute_lifetime()) {
    expiry = Earlier(expiry, {login + FromDuration(app.absolute_lifetime()), v1::EXPIRY_LIMIT_APP});
  }
  return expiry;
}

}  // namespace

absl::Time ProviderDeadline(const config::v1::Provider& entry,
                            const storage::v1::ProviderTokens& tokens) {
  const bool renewed_by_refresh_token =
      entry.renewal().kind() == config::v1::Provider::Renewal::KIND_REFRESH_TOKEN_GRANT &&
      !tokens.refresh_token().empty();
  if (renewed_by_refresh_token) {
    return tokens.has_refresh_expire_time() ? FromTimestamp(tokens.refresh_expire_time())
                                            : absl::InfiniteFuture();
  }
  // Everything else lives as long as the access token, or is renewed only while that lives.
  return tokens.has_access_expire_time() ? FromTimestamp(tokens.access_expire_time())
                                         : absl::InfiniteFuture();
}

Expiry InitialExpiry(const config::v1::App& app, absl::Time login, absl::Time provider_deadline,
                     absl::Time now) {
  const Expiry own = app.has_access_token_ttl()
                         ? Expiry{now + FromDuration(app.access_token_ttl()), v1::EXPIRY_LIMIT_APP}
                         : Expiry{now + kDefaultAccessTokenTtl, v1::EXPIRY_LIMIT_DEFAULT};
  return Cut(own, app, login, provider_deadline);
}

Expiry RefreshedExpiry(const config::v1::App& app, absl::Time login, absl::Time provider_deadline,
                       absl::Time now) {
  Expiry own = {now + kDefaultRefreshWindow, v1::EXPIRY_LIMIT_DEFAULT};
  if (app.has_refresh_window()) {
    own = Earlier({now + FromDuration(app.refresh_window()), v1::EXPIRY_LIMIT_APP}, own);
  }
  return Cut(own, app, login, provider_deadline);
}

absl::Duration KeepFor(absl::Time expiry, absl::Time now) {
  return std::max(expiry - now, absl::ZeroDuration()) + kRemembranceAfterEnd;
}

}  // namespace evertoken
