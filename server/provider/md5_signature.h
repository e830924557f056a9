#ifndef EVERTOKEN_SERVER_PROVIDER_MD5_SIGNATURE_H_
#define EVERTOKEN_SERVER_PROVIDER_MD5_SIGNATURE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/provider/form_encoding.h"

namespace evertoken {

// The signature that `md5_signature_parameter` of a profile call wants: MD5 in lower-case hex over `name=value` of all `query` but
// access_token, sorted and joined, and MD5 in hex over access token and client secret. nullopt where the system forbids MD5. It proves
// to the provider that we hold the secret; nothing here relies on it.
std::optional<std::string> Md5Signature(FormFields query, absl::string_view access_token,
                                        absl::string_view client_secret);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_MD5_SIGNATURE_H_
