#ifndef EVERTOKEN_SERVER_BROKER_RENEWED_TOKENS_H_
#define EVERTOKEN_SERVER_BROKER_RENEWED_TOKENS_H_

#include "absl/status/status.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/storage/v1/grant.pb.h"

// What renewed tokens must be before anybody gets them: usable, and of the user who signed in.
namespace evertoken {

// What shows of itself, without a key, a clock or a question to anybody: OK, or PROVIDER_REPLY_INVALID. `before` is the grant without,
// `after` with the new tokens. They are stored whatever this says; the verdict goes into the same write, so that no crash leaves another
// user's tokens to be served, and no second replica finds them first.
absl::Status JudgeAtHand(const config::v1::Provider& entry, const storage::v1::Grant& before,
                         const storage::v1::Grant& after);

// Whether the tokens came with an ID token that is to be verified (OpenID Connect Core 1.0 section 12.2).
bool HasNewIdToken(const config::v1::Provider& entry, const storage::v1::Grant& before,
                   const storage::v1::Grant& after);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RENEWED_TOKENS_H_
