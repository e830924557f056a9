#include "server/provider/revoker.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/provider/binding_values.h"
#include "server/provider/entry_headers.h"
#include "server/provider/json_document.h"
#include "server/provider/provider_error.h"
#include "server/provider/reply_classifier.h"
#include "server/provider/request_headers.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using storage::v1::ProviderTokens;
using Revocation = Provider::Revocation;

bool SendsRefreshToken(const Revocation& revocation, const ProviderTokens& tokens) {
  return revocation.token() != Revocation::TOKEN_ACCESS && !tokens.refresh_token().empty();
}

// RFC 7009 section 2.1.
void AddToken(const Revocation& revocation, const ProviderTokens& tokens, FormFields* form) {
  const bool refresh = SendsRefreshToken(revocation, tokens);
  form->emplace_back("token", refresh ? tokens.refresh_token() : tokens.access_token());
  form->emplace_back("token_type_hint", refresh ? "refresh_token" : "access_token");
}

bool IsGone(const absl::Status& status) {
  const ErrorReason reason = ReasonOf(status);
  return reason == v1::ERROR_REASON_GRANT_REVOKED || reason == v1::ERROR_REASON_GRANT_EXPIRED;
}

void AddBasic(const ProviderBinding& binding, HttpRequest* request) {
  FormFields unused;
  AuthenticateClient(Provider::ClientAuthentication::KIND_BASIC, *binding.entry, *binding.client,
                     request, &unused);
}

}  // namespace

Revoker::Revoker(HttpClient* http, const Clock* clock, Endpoints* endpoints, absl::Duration timeout)
    : http_(http), clock_(clock), endpoints_(endpoints), writer_(endpoints), timeout_(timeout) {}

Task<absl::StatusOr<bool>> Revoker::Revoke(ProviderBinding binding, ProviderTokens tokens) {
  if (!binding.entry->has_revocation()) co_return false;
  const Revocation& revocation = binding.entry->revocation();
  if (revocation.kind() == Revocation::KIND_REQUEST) {
    const Provider::TokenRequest* described = &revocation.request();
    absl::StatusOr<HttpRequest> request =
        co_await writer_.Write(binding, described, std::move(tokens));
    if (!request.ok()) co_return request.status();
    co_return co_await Send(std::move(binding), *std::move(request));
  }
  absl::StatusOr<bool> ended = co_await RevokeOne(binding, tokens);
  const bool another = revocation.token() == Revocation::TOKEN_BOTH &&
                       !tokens.refresh_token().empty() && !tokens.access_token().empty();
  if (!another) co_return ended;
  // Where the refresh token decides, an access token that lives on for an hour is no failure.
  tokens.clear_refresh_token();
  co_await RevokeOne(std::move(binding), std::move(tokens));
  co_return ended;
}

Task<absl::StatusOr<bool>> Revoker::RevokeOne(ProviderBinding binding, ProviderTokens tokens) {
  absl::StatusOr<std::string> url = co_await endpoints_->Revocation(binding, tokens);
  if (!url.ok()) co_return url.status();
  if (url->empty()) co_return false;
  std::string target = *std::move(url);
  absl::StatusOr<HttpRequest> request =
      co_await MakeRequest(binding, std::move(tokens), std::move(target));
  if (!request.ok()) co_return request.status();
  co_return co_await Send(std::move(binding), *std::move(request));
}

Task<absl::StatusOr<bool>> Revoker::Send(ProviderBinding binding, HttpRequest request) {
  request.timeout = timeout_;
  request.once = true;
  absl::StatusOr<HttpReply> reply = co_await http_->Send(std::move(request));
  if (!reply.ok()) co_return ErrorOfSend(binding.provider, reply.status());
  const std::shared_ptr<const JsonDocument> body = JsonDocument::Parse(reply->body);
  const ReplyVerdict verdict =
      ClassifyReply(binding, ReplyPlace::kRevocation, *reply, body.get(), clock_->Now());
  if (verdict.status.ok() || IsGone(verdict.status) || reply->status == 404) co_return true;
  co_return verdict.status;
}

Task<absl::StatusOr<HttpRequest>> Revoker::MakeRequest(ProviderBinding binding,
                                                       ProviderTokens tokens, std::string url) {
  const Revocation& revocation = binding.entry->revocation();
  const BindingValues values(binding, &tokens);
  absl::StatusOr<FormFields> fields = values.Expand(revocation.parameters());
  if (!fields.ok()) co_return fields.status();
  HttpRequest request;
  const absl::Status headers = AddEntryHeaders(binding, &request);
  if (!headers.ok()) co_return headers;
  AddHeaderIfMissing("Accept", "application/json", &request);
  if (revocation.kind() == Revocation::KIND_RFC7009) {
    absl::StatusOr<ClientProof> proof = co_await endpoints_->Authentication(binding);
    if (!proof.ok()) co_return proof.status();
    request.method = "POST";
    request.url = std::move(url);
    AddToken(revocation, tokens, &*fields);
    if (!revocation.no_client_authentication())
      AuthenticateClient(*proof, *binding.entry, *binding.client, &request, &*fields);
    SetForm(*fields, &request);
    co_return request;
  }
  request.method = "DELETE";
  if (revocation.kind() == Revocation::KIND_DELETE_JSON) {
    request.url = std::move(url);
    if (!revocation.no_client_authentication()) AddBasic(binding, &request);
    SetBody(Provider::BODY_JSON, *fields, &request);
  } else {
    request.url = AppendQuery(url, *fields);
    AddHeaderIfMissing("Authorization", absl::StrCat("Bearer ", tokens.access_token()), &request);
  }
  co_return request;
}

}  // namespace evertoken
