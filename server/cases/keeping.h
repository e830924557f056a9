#ifndef EVERTOKEN_SERVER_CASES_KEEPING_H_
#define EVERTOKEN_SERVER_CASES_KEEPING_H_

#include <optional>

#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "server/broker/call_limits.h"

namespace evertoken {

// How the broker keeps a grant alive: what its rules say of an entry.
struct Keeping {
  // When the tokens are renewed without a caller, for an app with `keep_alive: proactive` and no settings of its own. Nullopt: not
  // at all.
  std::optional<absl::Time> renewal;
  // When the access token is looked at. Nullopt: not at all.
  std::optional<absl::Time> look;
  // Whether a refused refresh token ends the grant although an answer was lost before; else the grant is ambiguous.
  bool refusal_ends = false;
  CallLimits limits;
};

// For a grant whose login, or last renewal, brought `tokens`.
Keeping KeepingOf(const config::v1::Provider& entry, const config::v1::ProviderClient& client,
                  const storage::v1::ProviderTokens& tokens, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_KEEPING_H_
