#ifndef EVERTOKEN_SERVER_BROKER_TOKEN_REVOCATION_H_
#define EVERTOKEN_SERVER_BROKER_TOKEN_REVOCATION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "evertoken/v1/token_service.pb.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/companions.h"
#include "server/broker/grant_repository.h"
#include "server/broker/guarded_provider.h"
#include "server/broker/recent_results.h"
#include "server/broker/renewer.h"

namespace evertoken {

// Ends a grant at the app's wish (RFC 7009): here for sure, at the provider where that is possible. Belongs to one executor.
class TokenRevocation {
 public:
  // All must outlive the object.
  TokenRevocation(GrantRepository* grants, Companions* companions, RecentResults* recent,
                  Renewer* renewer, GuardedProvider* provider, const AppRegistry* apps,
                  const Clock* clock);

  // A token that is unknown, dead, or another app's needs no revoking (RFC 7009 section 2.2). One that has expired does: the
  // provider's own tokens may live on. Where the provider wants a living token one that died is renewed before; if that fails the
  // grant ends here alone.
  Task<absl::StatusOr<v1::RevokeTokenResponse>> Revoke(RequestContext context,
                                                       const config::v1::App* app,
                                                       Secret access_token);

 private:
  // The pairs of tokens that live, the grant's own last: asking again after an error finds what is left. `all`: becomes false when one
  // has ended here alone, as far as is known.
  Task<absl::StatusOr<std::vector<LoadedGrant>>> LivingPairs(LoadedGrant grant, bool* all);
  // Renews an access token that has expired where only a living one ends the grant. Fails with the renewal.
  Task<absl::Status> MakeUsable(RequestContext context, ProviderBinding binding, LoadedGrant grant);
  // Writes the end into the grant; gives the tokens it held then.
  Task<absl::StatusOr<storage::v1::ProviderTokens>> End(LoadedGrant grant);

  GrantRepository* const grants_;
  Companions* const companions_;
  RecentResults* const recent_;
  Renewer* const renewer_;
  GuardedProvider* const provider_;
  const AppRegistry* const apps_;
  const Clock* const clock_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_TOKEN_REVOCATION_H_
