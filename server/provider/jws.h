#ifndef EVERTOKEN_SERVER_PROVIDER_JWS_H_
#define EVERTOKEN_SERVER_PROVIDER_JWS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {

// A JWS in compact form (RFC 7515 section 7.1), taken apart and not verified.
struct ParsedJws {
  std::string algorithm;
  std::string key_id;   // empty: none
  std::string payload;  // decoded
};

// nullopt for anything else, for a header with repeated keys or `crit` (we understand no extensions), and above 64 KiB.
std::optional<ParsedJws> ParseJws(absl::string_view compact);

// Whether the signature is an HMAC (HS256) by `secret`. The caller must want just that algorithm: a public key is no secret.
bool IsSignedBySecret(absl::string_view compact, const std::string& secret);

// Whether the signature is by `key`, a public key as JWK text. The caller has matched the key to the algorithm.
bool IsSignedBy(absl::string_view compact, const std::string& key);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_JWS_H_
