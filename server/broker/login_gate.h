#ifndef EVERTOKEN_SERVER_BROKER_LOGIN_GATE_H_
#define EVERTOKEN_SERVER_BROKER_LOGIN_GATE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Whether a login may begin at the provider by its lifecycle. PROVIDER_DISABLED, with what takes its place, from the day of its end.
absl::Status CheckTakesLogins(const ProviderBinding& binding, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_LOGIN_GATE_H_
