#ifndef EVERTOKEN_SERVER_PROVIDER_PROFILE_FETCHER_H_
#define EVERTOKEN_SERVER_PROVIDER_PROFILE_FETCHER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/task.h"
#include "server/http/http_client.h"
#include "server/provider/endpoints.h"
#include "server/provider/json_document.h"
#include "server/provider/profile_maps.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Makes the entry's profile calls. Belongs to one executor.
class ProfileFetcher {
 public:
  // All must outlive the object.
  ProfileFetcher(HttpClient* http, const Clock* clock, Endpoints* endpoints,
                 absl::Duration timeout);

  // All calls, mapped. A call whose scopes the user did not grant is left out and its scopes are listed as missing; an optional
  // call that fails leaves the rest standing. With an issuer, a profile of another subject than the ID token's is refused
  // (OpenID Connect Core 1.0 section 5.3.2). Of an entry without calls the profile is what the ID token and kept values say.
  Task<ProfileResult> Fetch(ProviderBinding binding, storage::v1::ProviderTokens tokens,
                            std::string id_token_claims);

  struct Liveness {
    absl::Status status;   // OK: the provider accepts the access token
    absl::Duration pause;  // see ProfileResult
  };

  // The first call alone; the entry has one.
  Task<Liveness> CheckAlive(ProviderBinding binding, storage::v1::ProviderTokens tokens);

 private:
  struct CallResult {
    absl::Status status;
    bool access_token_rejected = false;
    absl::Duration pause;
    std::shared_ptr<const JsonDocument> document;
  };

  Task<CallResult> Call(ProviderBinding binding, int index, storage::v1::ProviderTokens tokens);
  Task<absl::StatusOr<HttpRequest>> MakeRequest(ProviderBinding binding, int index,
                                                storage::v1::ProviderTokens tokens);

  HttpClient* const http_;
  const Clock* const clock_;
  Endpoints* const endpoints_;
  const absl::Duration timeout_;
  ProfileMaps maps_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROFILE_FETCHER_H_
