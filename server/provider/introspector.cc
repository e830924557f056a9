#include "server/provider/introspector.h"

#include <utility>

#include "server/provider/introspection_reply.h"
#include "server/provider/provider_error.h"

namespace evertoken {

using config::v1::Provider;

Introspector::Introspector(HttpClient* http, const Clock* clock, Endpoints* endpoints,
                           absl::Duration timeout)
    : http_(http), clock_(clock), writer_(endpoints), timeout_(timeout) {}

Task<IntrospectionResult> Introspector::Look(ProviderBinding binding,
                                             storage::v1::ProviderTokens tokens) {
  IntrospectionResult result;
  const Provider::TokenRequest* described = &binding.entry->introspection().request();
  absl::StatusOr<HttpRequest> request =
      co_await writer_.Write(binding, described, std::move(tokens));
  if (!request.ok()) {
    result.status = request.status();
    co_return result;
  }
  request->timeout = timeout_;
  const absl::Time sent = clock_->Now();
  absl::StatusOr<HttpReply> reply = co_await http_->Send(*std::move(request));
  if (!reply.ok()) {
    result.status = ErrorOfSend(binding.provider, reply.status());
    co_return result;
  }
  co_return ReadIntrospection(binding, *reply, sent, clock_->Now());
}

}  // namespace evertoken
