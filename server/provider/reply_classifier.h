#ifndef EVERTOKEN_SERVER_PROVIDER_REPLY_CLASSIFIER_H_
#define EVERTOKEN_SERVER_PROVIDER_REPLY_CLASSIFIER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/http/http_client.h"
#include "server/provider/json_document.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// What a reply answers.
enum class ReplyPlace {
  kRedemption,  // a code, or the second exchange behind it
  kRenewal,
  kProfile,
  kRevocation,
};

// What a reply means.
struct ReplyVerdict {
  absl::Status status;                 // OK: a success, whose content has yet to be read
  bool access_token_rejected = false;  // only for profile calls, with an error
};

// Judges a reply by the entry's rules, the first that matches; then by RFC 6749 section 5.2 and RFC 6750 section 3.1; then by the
// HTTP status. `body` is null when it could not be parsed.
//
// GRANT_REVOKED and GRANT_EXPIRED come from the entry's rules alone, and for 429 and 5xx not even from these: nothing else
// proves that a grant is dead.
ReplyVerdict ClassifyReply(const ProviderBinding& binding, ReplyPlace place, const HttpReply& reply,
                           const JsonDocument* body, absl::Time now);

// Whether the value is among those that a rule accepts.
bool MatchesValue(JsonRef value, const config::v1::Provider::ErrorRule::Values& values);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_REPLY_CLASSIFIER_H_
