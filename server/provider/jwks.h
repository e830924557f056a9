#ifndef EVERTOKEN_SERVER_PROVIDER_JWKS_H_
#define EVERTOKEN_SERVER_PROVIDER_JWKS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/provider/json_document.h"

namespace evertoken {

// The keys of a JWK set (RFC 7517) that may have signed with `algorithm` under `key_id`, as JWK texts with public members only:
// right type and curve, use `sig` and operation `verify` where told, the same `alg` where told, RSA of at least 2048 bits.
// `key_id` empty: whatever their id. At most 4.
std::vector<std::string> FindSigningKeys(JsonRef jwks, absl::string_view algorithm,
                                         absl::string_view key_id);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_JWKS_H_
