#ifndef EVERTOKEN_SERVER_BROKER_LOGIN_FLOW_H_
#define EVERTOKEN_SERVER_BROKER_LOGIN_FLOW_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/secret.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/grant_starter.h"
#include "server/broker/guarded_provider.h"
#include "server/provider/provider_api.h"
#include "server/store/key_ring.h"
#include "server/store/token_store.h"

namespace evertoken {

// How long a user may take at the provider.
constexpr absl::Duration kLoginLifetime = absl::Minutes(10);

// The authorization code flow (RFC 6749 section 4.1) with state, nonce and PKCE: begins a login and finishes it. State is kept as a
// ticket that can be spent once, at the provider's callback it was made for. Belongs to one executor.
class LoginFlow {
 public:
  // All must outlive the object.
  LoginFlow(TokenStore* store, const KeyRing* keys, const AppRegistry* apps, ProviderApi* providers,
            GuardedProvider* guarded, GrantStarter* starter, const Clock* clock);

  struct Begun {
    std::string authorization_url;
    Secret state;
    absl::Time expire_time;
  };

  // Begins the login that `attempt` describes (app, provider, redirect URIs, binding, scopes); fills in nonce and verifier.
  Task<absl::StatusOr<Begun>> Begin(ProviderBinding binding, storage::v1::LoginAttempt attempt,
                                    std::string login_hint);

  // Who may finish a login. One begun by a browser is bound to the provider's callback, so that a state made for one provider is
  // unknown at another's (mix-up defence, RFC 9700 section 4.4); one begun by RPC to its app.
  static std::string WebOwner(absl::string_view provider);
  static std::string RpcOwner(const config::v1::App& app);

  // Takes back what Begin kept, once. CREDENTIAL_REJECTED when the state is unknown, used, too old, or another owner's.
  Task<absl::StatusOr<storage::v1::LoginAttempt>> Recall(std::string owner, Secret state);

  // What the provider sent to the callback.
  struct Callback {
    Secret code;
    std::string error;
    std::string issuer;  // RFC 9207; empty: none
    std::map<std::string, std::string> parameters;
  };

  // Checks that the asked provider answered, redeems the code and starts the grant. `claimed` as in GrantStarter.
  Task<absl::StatusOr<StartedGrant>> Finish(RequestContext context,
                                            storage::v1::LoginAttempt attempt, Callback callback,
                                            bool claimed);

 private:
  TokenStore* const store_;
  const KeyRing* const keys_;
  const AppRegistry* const apps_;
  ProviderApi* const providers_;
  GuardedProvider* const guarded_;
  GrantStarter* const starter_;
  const Clock* const clock_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_LOGIN_FLOW_H_
