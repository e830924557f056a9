#ifndef EVERTOKEN_SERVER_PROVIDER_RENEWAL_H_
#define EVERTOKEN_SERVER_PROVIDER_RENEWAL_H_

#include "server/base/clock.h"
#include "server/base/task.h"
#include "server/provider/profile_fetcher.h"
#include "server/provider/provider_types.h"
#include "server/provider/token_endpoint.h"

namespace evertoken {

// Renews tokens by the entry's `renewal`. Belongs to one executor.
class Renewer {
 public:
  // All must outlive the object.
  Renewer(const Clock* clock, TokenEndpoint* endpoint, ProfileFetcher* profiles);

  // Reads what has to be known before: the endpoint and its authentication, where discovery tells them.
  Task<absl::Status> Prepare(ProviderBinding binding);

  // Judges nothing beyond the reply itself. A token younger than the entry's minimum age is given back as it is. `end_by` as in
  // TokenEndpoint.
  Task<RenewalResult> Renew(ProviderBinding binding, storage::v1::ProviderTokens current,
                            absl::Time end_by);

 private:
  Task<RenewalResult> ByRefreshToken(ProviderBinding binding, storage::v1::ProviderTokens current,
                                     absl::Time end_by);
  Task<RenewalResult> ByRequest(ProviderBinding binding, storage::v1::ProviderTokens current,
                                absl::Time end_by);
  Task<RenewalResult> ByLivenessCheck(ProviderBinding binding, storage::v1::ProviderTokens current);

  const Clock* const clock_;
  TokenEndpoint* const endpoint_;
  ProfileFetcher* const profiles_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_RENEWAL_H_
