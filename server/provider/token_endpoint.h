#ifndef EVERTOKEN_SERVER_PROVIDER_TOKEN_ENDPOINT_H_
#define EVERTOKEN_SERVER_PROVIDER_TOKEN_ENDPOINT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/task.h"
#include "server/http/http_client.h"
#include "server/provider/endpoints.h"
#include "server/provider/form_encoding.h"
#include "server/provider/json_document.h"
#include "server/provider/provider_types.h"
#include "server/provider/reply_classifier.h"
#include "server/provider/request_writer.h"

namespace evertoken {

// How a request for tokens ended.
struct TokenAnswer {
  SpendOutcome outcome = SpendOutcome::kNotSent;
  absl::StatusOr<std::shared_ptr<const JsonDocument>> body;  // of a success; never null
  absl::Time sent;
  absl::Duration pause;  // see PauseAskedBy
};

// Sends requests for tokens and classifies what comes back. Belongs to one executor.
//
// A refusal is kAnswered, and so are 429 and 503, which say that nothing was done. Other 5xx, and successes that cannot be read, are
// kUnclear: a gateway may have lost the answer, a server may have failed after it changed the token.
class TokenEndpoint {
 public:
  // All must outlive the object.
  TokenEndpoint(HttpClient* http, const Clock* clock, Endpoints* endpoints, absl::Duration timeout);

  // Reads what Grant has to know of the provider, where discovery tells it.
  Task<absl::Status> Prepare(ProviderBinding binding);

  // The same for Exchange.
  Task<absl::Status> Prepare(ProviderBinding binding,
                             const config::v1::Provider::TokenRequest* request);

  // POSTs `form`, as the entry wants it written, to the token endpoint with client authentication. Ends by `end_by` at the latest, and sends nothing when that has
  // passed.
  Task<TokenAnswer> Grant(ProviderBinding binding, ReplyPlace place, FormFields form,
                          absl::Time end_by = absl::InfiniteFuture());

  // Makes a request that the entry describes; see RequestWriter.
  Task<TokenAnswer> Exchange(ProviderBinding binding, ReplyPlace place,
                             const config::v1::Provider::TokenRequest* request,
                             storage::v1::ProviderTokens tokens,
                             absl::Time end_by = absl::InfiniteFuture(),
                             const CodeRedemption* redemption = nullptr);

 private:
  Task<TokenAnswer> Send(ProviderBinding binding, ReplyPlace place,
                         const config::v1::Provider::TokenReply* format, HttpRequest request,
                         absl::Time end_by);

  HttpClient* const http_;
  const Clock* const clock_;
  Endpoints* const endpoints_;
  RequestWriter writer_;
  const absl::Duration timeout_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_TOKEN_ENDPOINT_H_
