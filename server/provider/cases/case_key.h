#ifndef EVERTOKEN_SERVER_PROVIDER_CASES_CASE_KEY_H_
#define EVERTOKEN_SERVER_PROVIDER_CASES_CASE_KEY_H_

#include <string>

namespace evertoken {

// A private key of the curve P-256, PKCS#8 as PEM, made for one case: what the clients of `jwt_as_secret` have for a secret.
std::string NewP256Key();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CASES_CASE_KEY_H_
