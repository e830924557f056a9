#include "server/broker/renewed_tokens.h"

#include <optional>
#include <string>

#include "server/base/error.h"
#include "server/provider/id_token_claims.h"

namespace evertoken {
namespace {

absl::Status Invalid(absl::string_view what) {
  return MakeError(v1::ERROR_REASON_PROVIDER_REPLY_INVALID, what);
}

}  // namespace

bool HasNewIdToken(const config::v1::Provider& entry, const storage::v1::Grant& before,
                   const storage::v1::Grant& after) {
  const std::string& id_token = after.tokens().id_token();
  return !entry.issuer().empty() && !id_token.empty() && id_token != before.tokens().id_token();
}

absl::Status JudgeAtHand(const config::v1::Provider& entry, const storage::v1::Grant& before,
                         const storage::v1::Grant& after) {
  if (after.tokens().access_token().empty())
    return Invalid("the provider renewed, but sent no usable access token");
  if (!HasNewIdToken(entry, before, after)) {
    if (!before.renewal().identity_unproven()) return absl::OkStatus();
    return Invalid("the provider has not proven again that the tokens are this user's");
  }
  const std::optional<std::string> subject = ClaimedSubject(after.tokens().id_token());
  if (!subject.has_value()) return Invalid("the refreshed ID token names no user");
  if (before.subject().empty() || *subject == before.subject()) return absl::OkStatus();
  return Invalid("the refreshed ID token speaks of another user");
}

}  // namespace evertoken
