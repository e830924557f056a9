#ifndef EVERTOKEN_SERVER_RPC_BASIC_CREDENTIALS_H_
#define EVERTOKEN_SERVER_RPC_BASIC_CREDENTIALS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/base/secret.h"

namespace evertoken {

// What an `authorization: Basic` header says (RFC 7617): the app key is the user, the app secret
// the password. Both are bytes: nothing is assumed of their character set.
struct BasicCredentials {
  std::string app_key;
  Secret app_secret;
};

// Nullopt for anything but the scheme Basic with strict base64 (padded, canonical, at most 512
// bytes decoded) of `user:password`.
std::optional<BasicCredentials> ParseBasicCredentials(absl::string_view header);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_BASIC_CREDENTIALS_H_
