#ifndef EVERTOKEN_SERVER_PROVIDER_PKCE_H_
#define EVERTOKEN_SERVER_PROVIDER_PKCE_H_

#include <string>

#include "server/base/secret.h"

namespace evertoken {

// A fresh code verifier (RFC 7636): 256 random bits in 43 characters.
Secret NewCodeVerifier();

// Its challenge by S256.
std::string CodeChallenge(const Secret& code_verifier);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PKCE_H_
