#ifndef EVERTOKEN_SERVER_PROVIDER_BASE64URL_H_
#define EVERTOKEN_SERVER_PROVIDER_BASE64URL_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {

// base64url without padding (RFC 7515 section 2), strictly: nullopt for any other character and for a length that no bytes have.
// What goes on to the JOSE library has to pass here first, because that one ends the process over such a length.
std::optional<std::string> DecodeBase64Url(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_BASE64URL_H_
