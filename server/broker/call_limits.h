#ifndef EVERTOKEN_SERVER_BROKER_CALL_LIMITS_H_
#define EVERTOKEN_SERVER_BROKER_CALL_LIMITS_H_

#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"

namespace evertoken {

// What one process may ask of a provider for one app.
struct CallLimits {
  double per_second = 0;  // calls in the long run; 0: no bound
  int burst = 0;          // calls at once after a quiet time, where `per_second` is set
  int concurrent = 2000;  // calls in flight
  bool profile_limits_per_user = false;  // a throttled profile call speaks of its user alone

  friend bool operator==(const CallLimits&, const CallLimits&) = default;
};

// The app's own settings, else the entry's, else the defaults. Both were checked when they were read.
CallLimits LimitsOf(const config::v1::Provider& entry, const config::v1::ProviderClient& client);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_CALL_LIMITS_H_
