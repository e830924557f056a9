#ifndef EVERTOKEN_SERVER_PROVIDER_REQUEST_WRITER_H_
#define EVERTOKEN_SERVER_PROVIDER_REQUEST_WRITER_H_

#include "absl/status/statusor.h"
#include "server/base/task.h"
#include "server/http/http_client.h"
#include "server/provider/endpoints.h"
#include "server/provider/provider_types.h"

namespace evertoken {

// Writes the requests that entries describe (TokenRequest): URL, parameters, body, proof and all headers. Belongs to one executor.
class RequestWriter {
 public:
  // `endpoints` must outlive the object.
  explicit RequestWriter(Endpoints* endpoints);

  // Reads what Write has to know of the provider, where discovery tells it.
  Task<absl::Status> Prepare(ProviderBinding binding,
                             const config::v1::Provider::TokenRequest* described);

  // `described` is part of the entry; `tokens`, and `redemption` where there is one, fill its placeholders. Both pointers must live
  // as long as the task. The timeout is left to the caller.
  Task<absl::StatusOr<HttpRequest>> Write(ProviderBinding binding,
                                          const config::v1::Provider::TokenRequest* described,
                                          storage::v1::ProviderTokens tokens,
                                          const CodeRedemption* redemption = nullptr);

 private:
  Endpoints* const endpoints_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_REQUEST_WRITER_H_
