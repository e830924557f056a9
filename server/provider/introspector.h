#ifndef EVERTOKEN_SERVER_PROVIDER_INTROSPECTOR_H_
#define EVERTOKEN_SERVER_PROVIDER_INTROSPECTOR_H_

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/task.h"
#include "server/http/http_client.h"
#include "server/provider/endpoints.h"
#include "server/provider/provider_types.h"
#include "server/provider/request_writer.h"

namespace evertoken {

// Looks at access tokens by the entry's `introspection` (RFC 7662, or the provider's own call). Belongs to one executor.
class Introspector {
 public:
  // All must outlive the object.
  Introspector(HttpClient* http, const Clock* clock, Endpoints* endpoints, absl::Duration timeout);

  // The entry must have an `introspection`. A reply that does not say for whom the token was made is a refusal.
  Task<IntrospectionResult> Look(ProviderBinding binding, storage::v1::ProviderTokens tokens);

 private:
  HttpClient* const http_;
  const Clock* const clock_;
  RequestWriter writer_;
  const absl::Duration timeout_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_INTROSPECTOR_H_
