#ifndef EVERTOKEN_SERVER_PROVIDER_CLIENT_AUTHENTICATION_H_
#define EVERTOKEN_SERVER_PROVIDER_CLIENT_AUTHENTICATION_H_

#include <string>
#include <vector>

#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/secret.h"
#include "server/http/http_client.h"
#include "server/provider/form_encoding.h"

namespace evertoken {

using ClientAuthenticationKind = config::v1::Provider::ClientAuthentication::Kind;

// How a request is proven: a way, and with `jwt_as_secret` the secret that was made for it.
struct ClientProof {
  ClientProof(ClientAuthenticationKind way) : kind(way) {}  // NOLINT(google-explicit-constructor)

  ClientAuthenticationKind kind;
  Secret made;  // empty: the client's own
};

// The way to use among those that discovery offers (none told: basic, its default). A client without a secret is a public one.
ClientAuthenticationKind ChooseByDiscovery(const std::vector<std::string>& offered);

// Proves our OAuth client (RFC 6749 section 2.3) in `request`'s headers or `form`, with the parameters' names that `entry` (complete
// with its defaults) has for them. The way is basic, post, none or jwt_as_secret.
void AuthenticateClient(const ClientProof& proof, const config::v1::Provider& entry,
                        const config::v1::ProviderClient& client, HttpRequest* request,
                        FormFields* form);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CLIENT_AUTHENTICATION_H_
