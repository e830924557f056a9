#ifndef EVERTOKEN_SERVER_BROKER_TOKEN_EXCHANGE_H_
#define EVERTOKEN_SERVER_BROKER_TOKEN_EXCHANGE_H_

#include "absl/status/statusor.h"
#include "evertoken/v1/token_service.pb.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/grant_repository.h"
#include "server/broker/grant_starter.h"
#include "server/broker/guarded_provider.h"
#include "server/provider/provider_api.h"
#include "server/store/key_ring.h"
#include "server/store/token_store.h"

namespace evertoken {

// How long a request token waits for its exchange.
constexpr absl::Duration kRequestTokenLifetime = absl::Minutes(15);
// How long a repeated exchange of the same request token gets the same answer: a lost reply is retried within seconds.
constexpr absl::Duration kExchangeReplayWindow = absl::Seconds(10);

// Request tokens, and the three kinds of credentials that become an access token. Belongs to one executor.
class TokenExchange {
 public:
  // All must outlive the object.
  TokenExchange(TokenStore* store, const KeyRing* keys, const AppRegistry* apps,
                ProviderApi* providers, GuardedProvider* guarded, GrantRepository* grants,
                GrantStarter* starter, const Clock* clock);

  // Makes the one-time token that stands for a grant on its way through the browser.
  Task<absl::StatusOr<Secret>> IssueRequestToken(const config::v1::App* app, Secret access_token);

  Task<absl::StatusOr<StartedGrant>> ByRequestToken(const config::v1::App* app,
                                                    Secret request_token);
  Task<absl::StatusOr<StartedGrant>> ByAuthorizationCode(
      RequestContext context, const config::v1::App* app,
      v1::ExchangeTokenRequest::AuthorizationCode request);
  Task<absl::StatusOr<StartedGrant>> ByProviderTokens(
      RequestContext context, const config::v1::App* app,
      v1::ExchangeTokenRequest::ProviderTokens request);

 private:
  TokenStore* const store_;
  const KeyRing* const keys_;
  const AppRegistry* const apps_;
  ProviderApi* const providers_;
  GuardedProvider* const guarded_;
  GrantRepository* const grants_;
  GrantStarter* const starter_;
  const Clock* const clock_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_TOKEN_EXCHANGE_H_
