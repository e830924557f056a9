#ifndef EVERTOKEN_SERVER_BROKER_PROVIDER_GUARD_H_
#define EVERTOKEN_SERVER_BROKER_PROVIDER_GUARD_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/clock.h"
#include "server/base/metrics.h"
#include "server/base/task.h"
#include "server/broker/call_gate.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Stands before every call to a provider, one for the whole process, and keeps apart what happens to one app at one provider:
//
//   budget    calls begun in a time and calls in flight (CallLimits); who finds no room waits in line, callers before background
//   pause     nobody calls before the time that a reply asked for (Retry-After, used-up rate headers)
//   circuit   a provider that is down, or that refuses our OAuth client, is not asked but for one probe now and then
//
// A use of the provider goes so:
//
//   const ProviderCall call = RenewalCall(*binding.entry);
//   absl::StatusOr<ProviderGuard::Permit> permit =
//       co_await guard->Admit(*app, binding, call, Priority::kCaller, deadline);
//   if (!permit.ok()) co_return permit.status();
//   RenewalResult reply = co_await providers->Renew(binding, std::move(tokens));
//   permit->Report(OutcomeOf(reply));
//
// Ask before the lease of a renewal is taken: the wait in line may be long, and a crash in it would leave an attempt open that was
// never sent. A refusal says that the provider was not asked: it is no failure of the grant and not to be recorded as one.
//
// Thread-safe; a coroutine that waits is resumed on its own executor.
class ProviderGuard {
 public:
  using Permit = CallGate::Permit;

  struct Parts {
    const Clock* clock = nullptr;
    Metrics* metrics = nullptr;
    std::function<double()> random;  // draws from [0, 1), thread-safe: RandomFraction, but in tests
  };

  // What `parts` points to must outlive the guard, its permits and everybody who waits for one.
  explicit ProviderGuard(Parts parts);

  // A permit for one use of ProviderApi; one that makes several requests counts as one. Errors, all with RetryInfo:
  //   PROVIDER_RATE_LIMITED   the provider asked to be left alone
  //   PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED   the circuit is open, or (the former) the provider is down until a time it told
  //   SERVER_OVERLOADED       too many wait, or the turn does not come before `deadline` (and 10 s)
  // `binding` is one of the app's. To be called on the executor that awaits it.
  Task<absl::StatusOr<Permit>> Admit(const config::v1::App& app, const ProviderBinding& binding,
                                     ProviderCall call, Priority priority, absl::Time deadline);

 private:
  std::shared_ptr<CallGate> GateOf(const config::v1::App& app, const ProviderBinding& binding);

  const Parts parts_;
  absl::Mutex mutex_;
  // By app and provider, which are as many as the configuration names.
  absl::flat_hash_map<std::string, std::shared_ptr<CallGate>> gates_ ABSL_GUARDED_BY(mutex_);
};

// What a renewal by this entry calls.
ProviderCall RenewalCall(const config::v1::Provider& entry);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_PROVIDER_GUARD_H_
