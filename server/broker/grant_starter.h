#ifndef EVERTOKEN_SERVER_BROKER_GRANT_STARTER_H_
#define EVERTOKEN_SERVER_BROKER_GRANT_STARTER_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/base/task.h"
#include "server/broker/companions.h"
#include "server/broker/grant_repository.h"
#include "server/broker/profile_reader.h"
#include "server/provider/provider_api.h"

namespace evertoken {

// A grant that was just begun, with the access token that leads to it.
struct StartedGrant {
  Secret access_token;
  LoadedGrant grant;
};

// Turns tokens that a provider just issued into a stored grant. Belongs to one executor.
class GrantStarter {
 public:
  // All must outlive the object.
  GrantStarter(GrantRepository* grants, Companions* companions, ProfileReader* profiles,
               ProviderApi* providers, const Clock* clock);

  // Stores first, then judges (rule 2): the ID token where the entry has an issuer, else the profile tells who the user is. A grant
  // that does not pass stays unclaimed, so nobody can use it, and disappears. `claimed`: the access token goes straight to the
  // app; else it waits for the exchange of a request token. `looked_up`: a look at the access token proved the tokens, which need no ID
  // token then, and told this subject (empty: none).
  Task<absl::StatusOr<StartedGrant>> Start(RequestContext context, const config::v1::App* app,
                                           ProviderBinding binding,
                                           storage::v1::ProviderTokens tokens, Secret nonce,
                                           bool claimed,
                                           std::optional<std::string> looked_up = std::nullopt);

  // Hands an unclaimed grant to its app: its life begins now, and that of its companions.
  Task<absl::StatusOr<LoadedGrant>> Claim(const config::v1::App* app, ProviderBinding binding,
                                          LoadedGrant grant);

 private:
  Task<absl::StatusOr<LoadedGrant>> Identify(RequestContext context, ProviderBinding binding,
                                             LoadedGrant grant, Secret nonce,
                                             std::optional<std::string> looked_up);
  // Asks the profile who the user is.
  Task<absl::StatusOr<LoadedGrant>> IdentifyByProfile(RequestContext context,
                                                      ProviderBinding binding, LoadedGrant grant,
                                                      std::string subject);
  // The grant as it is also where no profile came.
  Task<absl::StatusOr<LoadedGrant>> FetchProfile(RequestContext context, ProviderBinding binding,
                                                 LoadedGrant grant);

  GrantRepository* const grants_;
  Companions* const companions_;
  ProfileReader* const profiles_;
  ProviderApi* const providers_;
  const Clock* const clock_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_GRANT_STARTER_H_
