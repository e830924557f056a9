#ifndef EVERTOKEN_SERVER_PROVIDER_APPSECRET_PROOF_H_
#define EVERTOKEN_SERVER_PROVIDER_APPSECRET_PROOF_H_

#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {

// HMAC-SHA256 of the access token by the client secret, in hex: proves that who calls with the token is the app itself.
std::string AppsecretProof(absl::string_view access_token, absl::string_view client_secret);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_APPSECRET_PROOF_H_
