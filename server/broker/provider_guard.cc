#include "server/broker/provider_guard.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/broker/call_limits.h"

namespace evertoken {

ProviderGuard::ProviderGuard(Parts parts) : parts_(std::move(parts)) {}

Task<absl::StatusOr<ProviderGuard::Permit>> ProviderGuard::Admit(const config::v1::App& app,
                                                                 const ProviderBinding& binding,
                                                                 ProviderCall call,
                                                                 Priority priority,
                                                                 absl::Time deadline) {
  return CallGate::Enter(GateOf(app, binding), call, priority, deadline);
}

std::shared_ptr<CallGate> ProviderGuard::GateOf(const config::v1::App& app,
                                                const ProviderBinding& binding) {
  // Neither an app's key nor a provider's id holds a slash.
  const std::string key = absl::StrCat(app.key(), "/", binding.provider);
  const CallLimits limits = LimitsOf(*binding.entry, *binding.client);
  std::shared_ptr<CallGate> gate;
  {
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<CallGate>& known = gates_[key];
    if (known == nullptr) {
      known = std::make_shared<CallGate>(
          CallGate::Parts{binding.provider, app.key(), parts_.clock, parts_.metrics, parts_.random},
          limits);
    }
    gate = known;
  }
  // The catalogue may have been read anew.
  gate->SetLimits(limits);
  return gate;
}

ProviderCall RenewalCall(const config::v1::Provider& entry) {
  const bool liveness =
      entry.renewal().kind() == config::v1::Provider::Renewal::KIND_LIVENESS_CHECK;
  return liveness ? ProviderCall::kProfile : ProviderCall::kToken;
}

}  // namespace evertoken
