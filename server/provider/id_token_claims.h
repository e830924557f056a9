#ifndef EVERTOKEN_SERVER_PROVIDER_ID_TOKEN_CLAIMS_H_
#define EVERTOKEN_SERVER_PROVIDER_ID_TOKEN_CLAIMS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/secret.h"
#include "server/provider/json_document.h"

namespace evertoken {

// What the claims of an ID token must say.
struct IdTokenExpectation {
  std::vector<std::string> issuers;  // one of these, or
  std::string issuer_template;       // this with claims filled in; empty: none
  std::vector<std::string>
      client_ids;  // the audience must be one of these, and so must the authorised party
  Secret nonce;    // empty: none was sent
  absl::Time now;
  absl::Duration leeway;
};

// Who an ID token says its user is; nothing of it is verified. nullopt: it is no signed token that names a user.
std::optional<std::string> ClaimedSubject(absl::string_view id_token);

// OpenID Connect Core 1.0 section 3.1.3.7. INVALID_ARGUMENT names the check that failed, never a value.
absl::Status CheckIdTokenClaims(JsonRef claims, const IdTokenExpectation& expected);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_ID_TOKEN_CLAIMS_H_
