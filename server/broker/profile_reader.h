#ifndef EVERTOKEN_SERVER_BROKER_PROFILE_READER_H_
#define EVERTOKEN_SERVER_BROKER_PROFILE_READER_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/grant_repository.h"
#include "server/broker/provider_guard.h"
#include "server/broker/renewer.h"
#include "server/provider/provider_api.h"

namespace evertoken {

// Fetches profiles with a token that works, and keeps what was learned. Belongs to one executor.
class ProfileReader {
 public:
  struct Outcome {
    LoadedGrant grant;                       // with the merged profile
    std::map<std::string, std::string> raw;  // documents as they came, JSON texts by call name
  };

  struct Parts {
    GrantRepository* grants = nullptr;
    Renewer* renewer = nullptr;
    ProviderApi* providers = nullptr;
    ProviderGuard* guard = nullptr;
    const AppRegistry* apps = nullptr;
    const Clock* clock = nullptr;
    absl::Duration provider_timeout;  // how long a fetch may wait for its turn as well
  };

  // All parts must outlive the reader.
  explicit ProfileReader(Parts parts);

  // Asks the provider now: renews the token first when it has expired, and once more when the provider refuses it; then merges the
  // answer into the stored profile. A refusal that the catalogue lists as terminal ends the grant. Where the entry has no profile calls,
  // a renewal of the last day stands for them.
  Task<absl::StatusOr<Outcome>> Fetch(RequestContext context, ProviderBinding binding,
                                      LoadedGrant grant);

  // The grant with a provider access token that lives for `min_remaining`, renewed if need be.
  Task<absl::StatusOr<LoadedGrant>> WithUsableToken(RequestContext context, ProviderBinding binding,
                                                    LoadedGrant grant,
                                                    absl::Duration min_remaining);

 private:
  // The grant after a renewal of the last day, or the login, where no profile call could tell that the user withdrew the permission.
  Task<absl::StatusOr<LoadedGrant>> WithProof(RequestContext context, ProviderBinding binding,
                                              LoadedGrant grant);
  // The grant as the store has it, where a renewal elsewhere ends the access token that memory knows.
  Task<absl::StatusOr<LoadedGrant>> AskStore(ProviderBinding binding, LoadedGrant grant);
  Task<absl::StatusOr<LoadedGrant>> RenewNow(RequestContext context, ProviderBinding binding,
                                             LoadedGrant grant, RenewalAttempt::Cause cause);
  Task<absl::StatusOr<Outcome>> Keep(LoadedGrant grant, ProfileResult fetched);
  Task<absl::Status> Record(LoadedGrant grant, absl::Status failure);

  // One fetch, by the guard's permission.
  Task<ProfileResult> Ask(ProviderBinding binding, LoadedGrant grant);

  const Parts parts_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_PROFILE_READER_H_
