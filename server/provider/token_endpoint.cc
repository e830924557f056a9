#include "server/provider/token_endpoint.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/provider/binding_values.h"
#include "server/provider/client_authentication.h"
#include "server/provider/entry_headers.h"
#include "server/provider/provider_error.h"
#include "server/provider/reply_pause.h"
#include "server/provider/request_headers.h"
#include "server/provider/token_reply.h"

namespace evertoken {
namespace {

using config::v1::Provider;

TokenAnswer NotSent(absl::Status status) {
  return {SpendOutcome::kNotSent, std::move(status), absl::InfinitePast(), absl::ZeroDuration()};
}

// What a failed exchange tells of the token that was presented. A reply that is too large is one that makes no sense.
SpendOutcome OutcomeOf(const absl::Status& error) {
  if (NeverReachedServer(error)) return SpendOutcome::kNotSent;
  return absl::IsResourceExhausted(error) ? SpendOutcome::kUnclear : SpendOutcome::kUnknown;
}

// What a whole reply tells of the token that was presented.
SpendOutcome OutcomeOf(int http_status, const absl::Status& verdict) {
  const ErrorReason reason = ReasonOf(verdict);
  const bool understood = verdict.ok() || (reason != v1::ERROR_REASON_PROVIDER_UNAVAILABLE &&
                                           reason != v1::ERROR_REASON_PROVIDER_REPLY_INVALID);
  const bool nothing_done = (http_status >= 400 && http_status < 500) || http_status == 503;
  return understood || nothing_done ? SpendOutcome::kAnswered : SpendOutcome::kUnclear;
}

}  // namespace

TokenEndpoint::TokenEndpoint(HttpClient* http, const Clock* clock, Endpoints* endpoints,
                             absl::Duration timeout)
    : http_(http), clock_(clock), endpoints_(endpoints), writer_(endpoints), timeout_(timeout) {}

Task<absl::Status> TokenEndpoint::Prepare(ProviderBinding binding) {
  absl::StatusOr<std::string> url = co_await endpoints_->Token(binding);
  if (!url.ok()) co_return url.status();
  absl::StatusOr<ClientProof> proof = co_await endpoints_->Authentication(binding);
  co_return proof.status();
}

Task<absl::Status> TokenEndpoint::Prepare(ProviderBinding binding,
                                          const Provider::TokenRequest* request) {
  co_return co_await writer_.Prepare(std::move(binding), request);
}

Task<TokenAnswer> TokenEndpoint::Grant(ProviderBinding binding, ReplyPlace place, FormFields form,
                                       absl::Time end_by) {
  absl::StatusOr<std::string> url = co_await endpoints_->Token(binding);
  if (!url.ok()) co_return NotSent(url.status());
  absl::StatusOr<ClientProof> proof = co_await endpoints_->Authentication(binding);
  if (!proof.ok()) co_return NotSent(proof.status());
  HttpRequest request;
  request.method = "POST";
  request.url = *std::move(url);
  AuthenticateClient(*proof, *binding.entry, *binding.client, &request, &form);
  const BindingValues values(binding);
  absl::StatusOr<FormFields> headers = values.Expand(binding.entry->token().headers());
  if (!headers.ok()) co_return NotSent(headers.status());
  AddHeaders(*headers, &request);
  SetBody(binding.entry->token().body(), form, &request);
  const absl::Status common = AddEntryHeaders(binding, &request);
  if (!common.ok()) co_return NotSent(common);
  AddHeaderIfMissing("Accept", "application/json", &request);
  const Provider::TokenReply* format = &binding.entry->token().reply();
  co_return co_await Send(std::move(binding), place, format, std::move(request), end_by);
}

Task<TokenAnswer> TokenEndpoint::Exchange(ProviderBinding binding, ReplyPlace place,
                                          const Provider::TokenRequest* described,
                                          storage::v1::ProviderTokens tokens, absl::Time end_by,
                                          const CodeRedemption* redemption) {
  absl::StatusOr<HttpRequest> request =
      co_await writer_.Write(binding, described, std::move(tokens), redemption);
  if (!request.ok()) co_return NotSent(request.status());
  const Provider::TokenReply* format = &described->reply();
  co_return co_await Send(std::move(binding), place, format, *std::move(request), end_by);
}

Task<TokenAnswer> TokenEndpoint::Send(ProviderBinding binding, ReplyPlace place,
                                      const Provider::TokenReply* format, HttpRequest request,
                                      absl::Time end_by) {
  request.once = true;
  const absl::Time sent = clock_->Now();
  request.timeout = std::min(timeout_, end_by - sent);
  if (request.timeout <= absl::ZeroDuration()) {
    co_return NotSent(MakeError(v1::ERROR_REASON_PROVIDER_UNAVAILABLE,
                                "there was no time left to ask the provider"));
  }
  absl::StatusOr<HttpReply> reply = co_await http_->Send(std::move(request));
  TokenAnswer answer;
  answer.sent = sent;
  if (!reply.ok()) {
    answer.outcome = OutcomeOf(reply.status());
    answer.body = ErrorOfSend(binding.provider, reply.status());
    co_return answer;
  }
  const absl::Time now = clock_->Now();
  answer.pause = PauseAskedBy(*reply, now);
  std::shared_ptr<const JsonDocument> body = ParseTokenBody(*format, *reply);
  const ReplyVerdict verdict = ClassifyReply(binding, place, *reply, body.get(), now);
  if (!verdict.status.ok()) {
    answer.body = verdict.status;
  } else if (body == nullptr) {
    answer.body = ReplyInvalid(binding.provider, "the token reply can not be read");
  } else {
    answer.body = std::move(body);
  }
  answer.outcome = OutcomeOf(reply->status, answer.body.status());
  co_return answer;
}

}  // namespace evertoken
