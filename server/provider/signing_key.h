#ifndef EVERTOKEN_SERVER_PROVIDER_SIGNING_KEY_H_
#define EVERTOKEN_SERVER_PROVIDER_SIGNING_KEY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace evertoken {

// Whether `pem` is a private key that signs with ES256 (RFC 7518 section 3.4): PKCS#8 as PEM, of the curve P-256, not encrypted.
// INVALID_ARGUMENT says what it must be, and nothing of what it is.
absl::Status CheckSigningKey(const std::string& pem);

// A JWS in compact form over `payload`, JSON both, signed with ES256. `header` must say so. INVALID_ARGUMENT as above.
absl::StatusOr<Secret> SignEs256(const std::string& pem, absl::string_view header,
                                 absl::string_view payload);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_SIGNING_KEY_H_
