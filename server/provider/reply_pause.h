#ifndef EVERTOKEN_SERVER_PROVIDER_REPLY_PAUSE_H_
#define EVERTOKEN_SERVER_PROVIDER_REPLY_PAUSE_H_

#include <optional>

#include "absl/time/time.h"
#include "server/http/http_client.h"

namespace evertoken {

// The time to the reset of a used-up quota, at most 1 h, when the reply's rate headers say that nothing remains. Read are
// `RateLimit` in its structured and its older form and `RateLimit-Remaining` with `RateLimit-Reset` (drafts of the IETF's HTTPAPI
// group), and the customary `X-RateLimit-*` and `X-Rate-Limit-*`, whose reset is a Unix time, or a number of seconds. nullopt:
// something remains, or nothing is said.
std::optional<absl::Duration> ParseQuotaReset(const HttpReply& reply, absl::Time now);

// How long the provider asks not to be called again: the Retry-After of a refusal for lack of capacity (403, 408, 429, 5xx), else
// the time to the reset of a used-up quota. Zero: it does not ask for it.
absl::Duration PauseAskedBy(const HttpReply& reply, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_REPLY_PAUSE_H_
