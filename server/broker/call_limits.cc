#include "server/broker/call_limits.h"

#include <cmath>

namespace evertoken {

CallLimits LimitsOf(const config::v1::Provider& entry, const config::v1::ProviderClient& client) {
  CallLimits limits;
  const auto take_budget = [&limits](double per_second, bool has_burst, int burst) {
    limits.per_second = per_second;
    limits.burst = has_burst ? burst : static_cast<int>(std::ceil(per_second));
  };
  const config::v1::Provider::Limits& shared = entry.limits();
  if (client.has_budget()) {
    const config::v1::CallBudget& own = client.budget();
    take_budget(own.per_second(), own.has_burst(), own.burst());
  } else if (shared.has_calls_per_second()) {
    take_budget(shared.calls_per_second(), shared.has_burst(), shared.burst());
  }
  if (client.has_concurrent_calls()) {
    limits.concurrent = client.concurrent_calls();
  } else if (shared.has_concurrent_calls()) {
    limits.concurrent = shared.concurrent_calls();
  }
  limits.profile_limits_per_user = shared.profile_limits_per_user();
  return limits;
}

}  // namespace evertoken
