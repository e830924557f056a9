#ifndef EVERTOKEN_SERVER_PROVIDER_REVOKER_H_
#define EVERTOKEN_SERVER_PROVIDER_REVOKER_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/task.h"
#include "server/http/http_client.h"
#include "server/provider/endpoints.h"
#include "server/provider/provider_types.h"
#include "server/provider/request_writer.h"

namespace evertoken {

// Ends grants at providers by the entry's `revocation`. Belongs to one executor.
class Revoker {
 public:
  // All must outlive the object.
  Revoker(HttpClient* http, const Clock* clock, Endpoints* endpoints, absl::Duration timeout);

  // False: the provider has no way to. A grant that the provider says is gone already counts as ended. Where both tokens are sent the
  // refresh token's fate is the answer.
  Task<absl::StatusOr<bool>> Revoke(ProviderBinding binding, storage::v1::ProviderTokens tokens);

 private:
  Task<absl::StatusOr<bool>> RevokeOne(ProviderBinding binding, storage::v1::ProviderTokens tokens);
  Task<absl::StatusOr<bool>> Send(ProviderBinding binding, HttpRequest request);
  Task<absl::StatusOr<HttpRequest>> MakeRequest(ProviderBinding binding,
                                                storage::v1::ProviderTokens tokens,
                                                std::string url);

  HttpClient* const http_;
  const Clock* const clock_;
  Endpoints* const endpoints_;
  RequestWriter writer_;
  const absl::Duration timeout_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_REVOKER_H_
