#include "server/rpc/request_validator.h"

#include "absl/time/time.h"
#include "server/rpc/field_checks.h"

namespace evertoken {
namespace {

using Presence = FieldChecks::Presence;

constexpr size_t kLongestCode = 4096;
constexpr size_t kLongestProviderToken = 16384;
constexpr size_t kLongestOwnTicket = 512;
constexpr size_t kLongestNonce = 512;
constexpr size_t kLongestClientId = 512;
constexpr size_t kLongestErrorCode = 256;
constexpr size_t kLongestIssuer = 2048;
constexpr size_t kLongestCursor = 4096;
constexpr size_t kLongestChain = 20;
constexpr absl::Duration kLongestWindow = absl::Hours(24 * 90);
constexpr absl::Duration kLongestProviderTokenLife = absl::Hours(24);

void CheckAuthorizationCode(const v1::ExchangeTokenRequest::AuthorizationCode& credential,
                            FieldChecks* checks) {
  checks->ProviderId("authorization_code.provider", credential.provider());
  checks->Token("authorization_code.code", credential.code(), Presence::kRequired, kLongestCode);
  checks->RedirectUri("authorization_code.redirect_uri", credential.redirect_uri());
  checks->CodeVerifier("authorization_code.code_verifier", credential.code_verifier());
  checks->Token("authorization_code.client_id", credential.client_id(), Presence::kOptional,
                kLongestClientId);
  checks->Token("authorization_code.nonce", credential.nonce(), Presence::kOptional, kLongestNonce);
}

void CheckProviderTokens(const v1::ExchangeTokenRequest::ProviderTokens& credential,
                         FieldChecks* checks) {
  checks->ProviderId("provider_tokens.provider", credential.provider());
  checks->Token("provider_tokens.access_token", credential.access_token(), Presence::kRequired,
                kLongestProviderToken);
  checks->Token("provider_tokens.refresh_token", credential.refresh_token(), Presence::kOptional,
                kLongestProviderToken);
  // Whether it may be missing is known of the provider alone.
  if (!credential.id_token().empty())
    checks->IdToken("provider_tokens.id_token", credential.id_token());
  if (credential.has_expire_time())
    checks->Timestamp("provider_tokens.expire_time", credential.expire_time());
  checks->Scopes("provider_tokens.scopes", credential.scopes());
  checks->Token("provider_tokens.nonce", credential.nonce(), Presence::kOptional, kLongestNonce);
}

// For requests whose only field is the access token.
template <typename Request>
absl::Status ValidateAccessToken(Request* request) {
  FieldChecks checks;
  checks.AccessToken(request->mutable_access_token());
  return checks.Result();
}

}  // namespace

absl::Status ValidateRequest(v1::ExchangeTokenRequest* request) {
  FieldChecks checks;
  switch (request->credential_case()) {
    case v1::ExchangeTokenRequest::kRequestToken:
      checks.Token("request_token", request->request_token(), Presence::kRequired,
                   kLongestOwnTicket);
      break;
    case v1::ExchangeTokenRequest::kAuthorizationCode:
      CheckAuthorizationCode(request->authorization_code(), &checks);
      break;
    case v1::ExchangeTokenRequest::kProviderTokens:
      CheckProviderTokens(request->provider_tokens(), &checks);
      break;
    case v1::ExchangeTokenRequest::CREDENTIAL_NOT_SET:
      checks.Violation(
          "credential",
          "exactly one of request_token, authorization_code, provider_tokens is required");
      break;
  }
  return checks.Result();
}

absl::Status ValidateRequest(v1::RefreshTokenRequest* request) {
  FieldChecks checks;
  checks.AccessToken(request->mutable_access_token());
  if (request->has_min_remaining())
    checks.Duration("min_remaining", request->min_remaining(), kLongestWindow);
  return checks.Result();
}

absl::Status ValidateRequest(v1::GetRefreshedProfileRequest* request) {
  FieldChecks checks;
  checks.AccessToken(request->mutable_access_token());
  if (request->has_max_age()) checks.Duration("max_age", request->max_age(), kLongestWindow);
  return checks.Result();
}

absl::Status ValidateRequest(v1::GetProviderTokenRequest* request) {
  FieldChecks checks;
  checks.AccessToken(request->mutable_access_token());
  if (request->has_min_remaining()) {
    checks.Duration("min_remaining", request->min_remaining(), kLongestProviderTokenLife);
  }
  checks.Token("chain", request->chain(), Presence::kOptional, kLongestChain);
  return checks.Result();
}

absl::Status ValidateRequest(v1::IntrospectTokenRequest* request) {
  return ValidateAccessToken(request);
}

absl::Status ValidateRequest(v1::RevokeTokenRequest* request) {
  return ValidateAccessToken(request);
}

absl::Status ValidateRequest(v1::WatchGrantEventsRequest* request) {
  FieldChecks checks;
  checks.Token("cursor", request->cursor(), Presence::kOptional, kLongestCursor);
  return checks.Result();
}

absl::Status ValidateRequest(v1::ListProvidersRequest*) { return absl::OkStatus(); }

absl::Status ValidateRequest(v1::StartLoginRequest* request) {
  FieldChecks checks;
  checks.ProviderId("provider", request->provider());
  checks.RedirectUri("redirect_uri", request->redirect_uri());
  checks.Scopes("scopes", request->scopes());
  checks.Text("login_hint", request->login_hint());
  return checks.Result();
}

absl::Status ValidateRequest(v1::CompleteLoginRequest* request) {
  FieldChecks checks;
  checks.Token("state", request->state(), Presence::kRequired, kLongestOwnTicket);
  if (request->code().empty() && request->error().empty()) {
    checks.Violation("code", "required unless error is set");
  } else if (!request->code().empty() && !request->error().empty()) {
    checks.Violation("error", "must be empty when code is set");
  }
  checks.Token("code", request->code(), Presence::kOptional, kLongestCode);
  checks.Token("error", request->error(), Presence::kOptional, kLongestErrorCode);
  checks.Token("iss", request->iss(), Presence::kOptional, kLongestIssuer);
  return checks.Result();
}

}  // namespace evertoken
