#ifndef EVERTOKEN_SERVER_PROVIDER_TOKEN_BINDING_H_
#define EVERTOKEN_SERVER_PROVIDER_TOKEN_BINDING_H_

#include <string>

#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "server/provider/provider_types.h"

// What an entry, and an app's binding to it, is for logins and for the tokens of one grant.
namespace evertoken {

// Whether a login can begin here. Where it cannot, apps bring codes or tokens.
bool BeginsLogins(const config::v1::Provider& entry);

// Whether `client_id` is the client's own or one of its native ones.
bool IsClientOf(const config::v1::ProviderClient& client, const std::string& client_id);

// Whether what the provider says of a token by the entry's `introspection` shows that it was made for the binding's client: it names the
// client, or we prove with its secret to be that client, and the provider answers for the client's tokens alone.
bool ProvesAudience(const ProviderBinding& binding);

// The binding with the client for which tokens were made; `client_id` empty: as it is. Native clients are public, but where the secret is
// a JWT, whose key is not one client's alone.
ProviderBinding ForClient(ProviderBinding binding, const std::string& client_id);

// What renewing means for these tokens: the entry's `renewal.kind`, or `without_refresh_token` where that is their case.
config::v1::Provider::Renewal::Kind RenewalKindOf(const config::v1::Provider& entry,
                                                  const storage::v1::ProviderTokens& tokens);

// The binding for whatever is asked of the provider with these tokens: their client, and an entry whose `renewal.kind`, and whose
// replies' place for tokens, are theirs.
ProviderBinding ForTokens(ProviderBinding binding, const storage::v1::ProviderTokens& tokens);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_TOKEN_BINDING_H_
