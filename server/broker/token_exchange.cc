#include "server/broker/token_exchange.h"

#include <optional>
#include <string>
#include <utility>

#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/proto_time.h"
#include "server/provider/token_binding.h"

namespace evertoken {
namespace {

absl::Status RequestTokenRejected() {
  return MakeError(v1::ERROR_REASON_CREDENTIAL_REJECTED,
                   "the request token is unknown, already exchanged, or older than 15 minutes; let "
                   "the user sign in again");
}

// What a mobile app holds, in the shape in which a token endpoint's reply is kept.
storage::v1::ProviderTokens TokensHeldByApp(const v1::ExchangeTokenRequest::ProviderTokens& request,
                                            absl::Time now) {
  storage::v1::ProviderTokens tokens;
  tokens.set_access_token(request.access_token());
  tokens.set_token_type("Bearer");
  tokens.set_refresh_token(request.refresh_token());
  tokens.set_id_token(request.id_token());
  if (request.has_expire_time()) *tokens.mutable_access_expire_time() = request.expire_time();
  *tokens.mutable_scopes() = request.scopes();
  *tokens.mutable_obtain_time() = ToTimestamp(now);
  return tokens;
}

// Whether anything can prove for whom the tokens were made.
absl::Status CheckProvable(const ProviderBinding& binding,
                           const v1::ExchangeTokenRequest::ProviderTokens& request) {
  const config::v1::Provider& entry = *binding.entry;
  if (entry.has_introspection() && ProvesAudience(binding)) return absl::OkStatus();
  if (entry.issuer().empty() && entry.has_introspection()) {
    return RequestInvalid({{"provider_tokens.provider",
                            "says for whom a token was made only to a client with a secret, which "
                            "this app's has not; send an authorization code instead"}});
  }
  if (entry.issuer().empty()) {
    return RequestInvalid({{"provider_tokens.provider",
                            "issues no ID tokens, so nothing proves for whom its tokens were made; "
                            "send an authorization code instead"}});
  }
  if (!request.id_token().empty()) return absl::OkStatus();
  return RequestInvalid(
      {{"provider_tokens.id_token", "is required: nothing else proves for whom tokens were made"}});
}

absl::Status AsIdTokenRefusal(const absl::Status& failure) {
  if (ReasonOf(failure) != v1::ERROR_REASON_PROVIDER_REPLY_INVALID) return failure;
  return MakeError(
      v1::ERROR_REASON_CREDENTIAL_REJECTED,
      "provider_tokens.id_token is not a valid ID token of this provider for this app's client");
}

// That the provider says of a token that its grant has ended is a refusal of a token here: there is no grant yet.
absl::Status AsAccessTokenRefusal(const IntrospectionResult& looked) {
  const ErrorReason reason = ReasonOf(looked.status);
  const bool refused = looked.access_token_rejected || reason == v1::ERROR_REASON_GRANT_REVOKED ||
                       reason == v1::ERROR_REASON_GRANT_EXPIRED ||
                       reason == v1::ERROR_REASON_PROVIDER_REPLY_INVALID;
  if (!refused) return looked.status;
  return MakeError(v1::ERROR_REASON_CREDENTIAL_REJECTED,
                   "the provider does not confirm provider_tokens.access_token");
}

// What the provider says of a token is worth more than what the app does.
void TakeTold(const storage::v1::ProviderTokens& told, storage::v1::ProviderTokens* tokens) {
  if (told.has_access_expire_time())
    *tokens->mutable_access_expire_time() = told.access_expire_time();
  if (!told.scopes().empty()) *tokens->mutable_scopes() = told.scopes();
}

// Whether an ID token and an access token that an app brings can come from one login.
bool BelongTogether(const config::v1::Provider& entry, const IdTokenClaims& proven,
                    const IntrospectionResult& looked) {
  const bool tells_client = !entry.introspection().audience().empty();
  return (looked.subject.empty() || looked.subject == proven.subject) &&
         (!tells_client || looked.client_id == proven.client_id);
}

absl::Status OfTwoLogins() {
  return MakeError(v1::ERROR_REASON_CREDENTIAL_REJECTED,
                   "the ID token and the access token are not of one user and one client");
}

}  // namespace

TokenExchange::TokenExchange(TokenStore* store, const KeyRing* keys, const AppRegistry* apps,
                             ProviderApi* providers, GuardedProvider* guarded,
                             GrantRepository* grants, GrantStarter* starter, const Clock* clock)
    : store_(store),
      keys_(keys),
      apps_(apps),
      providers_(providers),
      guarded_(guarded),
      grants_(grants),
      starter_(starter),
      clock_(clock) {}

Task<absl::StatusOr<Secret>> TokenExchange::IssueRequestToken(const config::v1::App* app,
                                                              Secret access_token) {
  Secret request_token(RandomToken(32));
  storage::v1::RequestTicket ticket;
  ticket.set_app(app->key());
  ticket.set_access_token(access_token.Reveal());
  SlotKey key = keys_->Hash(kRequestTokenPurpose, request_token.Reveal());
  std::string owner = app->key();
  std::string record = ticket.SerializeAsString();
  absl::Status kept = co_await store_->PutTicket(std::move(key), std::move(owner),
                                                 std::move(record), kRequestTokenLifetime);
  if (!kept.ok()) co_return kept;
  co_return request_token;
}

Task<absl::StatusOr<StartedGrant>> TokenExchange::ByRequestToken(const config::v1::App* app,
                                                                 Secret request_token) {
  const std::vector<SlotKey> candidates =
      keys_->HashCandidates(kRequestTokenPurpose, request_token.Reveal());
  absl::StatusOr<Ticket> spent = RequestTokenRejected();
  for (const SlotKey& key : candidates) {
    std::string owner = app->key();
    spent = co_await store_->SpendTicket(key, std::move(owner), kExchangeReplayWindow);
    if (!absl::IsNotFound(spent.status())) break;
  }
  if (absl::IsNotFound(spent.status())) co_return RequestTokenRejected();
  if (!spent.ok()) co_return spent.status();
  storage::v1::RequestTicket ticket;
  if (!ticket.ParseFromString(spent->record)) {
    co_return MakeError(v1::ERROR_REASON_INTERNAL, "a stored request token cannot be read");
  }

  Secret access_token(ticket.access_token());
  absl::StatusOr<LoadedGrant> grant = co_await grants_->Find(access_token, /*allow_cached=*/false);
  if (ReasonOf(grant.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND)
    co_return RequestTokenRejected();
  if (!grant.ok()) co_return grant.status();
  absl::StatusOr<ProviderBinding> binding = apps_->Bind(*app, grant->grant().provider());
  if (!binding.ok()) co_return binding.status();
  absl::StatusOr<LoadedGrant> claimed = co_await starter_->Claim(app, *binding, *grant);
  if (!claimed.ok()) co_return claimed.status();
  StartedGrant started{std::move(access_token), *std::move(claimed)};
  co_return started;
}

Task<absl::StatusOr<StartedGrant>> TokenExchange::ByAuthorizationCode(
    RequestContext context, const config::v1::App* app,
    v1::ExchangeTokenRequest::AuthorizationCode request) {
  absl::StatusOr<ProviderBinding> binding = apps_->Bind(*app, request.provider());
  if (!binding.ok()) co_return binding.status();
  if (!IsRegisteredRedirectUri(*app, request.redirect_uri())) {
    co_return RequestInvalid(
        {{"authorization_code.redirect_uri", "is not one of the app's registered redirect URIs"}});
  }
  if (!request.client_id().empty() && !IsClientOf(*binding->client, request.client_id())) {
    co_return RequestInvalid({{"authorization_code.client_id",
                               "is not among the app's native_client_ids at this provider"}});
  }
  CodeRedemption redemption;
  redemption.code = Secret(request.code());
  if (request.client_id() != binding->client->client_id())
    redemption.client_id = request.client_id();
  redemption.redirect_uri = request.redirect_uri();
  redemption.code_verifier = Secret(request.code_verifier());
  absl::StatusOr<storage::v1::ProviderTokens> tokens =
      co_await guarded_->RedeemCode(app, *binding, std::move(redemption));
  if (!tokens.ok()) co_return tokens.status();
  Secret nonce(request.nonce());
  absl::StatusOr<StartedGrant> started = co_await starter_->Start(
      context, app, *binding, *std::move(tokens), std::move(nonce), /*claimed=*/true);
  co_return started;
}

Task<absl::StatusOr<StartedGrant>> TokenExchange::ByProviderTokens(
    RequestContext context, const config::v1::App* app,
    v1::ExchangeTokenRequest::ProviderTokens request) {
  absl::StatusOr<ProviderBinding> binding = apps_->Bind(*app, request.provider());
  if (!binding.ok()) co_return binding.status();
  const absl::Status provable = CheckProvable(*binding, request);
  if (!provable.ok()) co_return provable;
  // These came from outside, not from the provider: nothing is stored before it is proven that they are one of this app's clients'.
  storage::v1::ProviderTokens tokens = TokensHeldByApp(request, clock_->Now());
  Secret nonce(request.nonce());
  std::optional<IdTokenClaims> proven;
  if (!request.id_token().empty() && !binding->entry->issuer().empty()) {
    Secret id_token(request.id_token());
    absl::StatusOr<IdTokenClaims> claims =
        co_await providers_->VerifyIdToken(*binding, std::move(id_token), nonce);
    if (!claims.ok()) co_return AsIdTokenRefusal(claims.status());
    tokens.set_client_id(claims->client_id);
    proven = *std::move(claims);
  }
  // What nobody has verified proves nothing, now or later.
  if (!proven.has_value()) tokens.clear_id_token();
  std::optional<std::string> subject;
  if (binding->entry->has_introspection()) {
    IntrospectionResult looked = co_await guarded_->Introspect(app, *binding, tokens);
    if (!looked.status.ok()) co_return AsAccessTokenRefusal(looked);
    if (proven.has_value() && !BelongTogether(*binding->entry, *proven, looked))
      co_return OfTwoLogins();
    if (!proven.has_value()) tokens.set_client_id(looked.client_id);
    TakeTold(looked.told, &tokens);
    subject = std::move(looked.subject);
  }
  absl::StatusOr<StartedGrant> started =
      co_await starter_->Start(context, app, *binding, std::move(tokens), std::move(nonce),
                               /*claimed=*/true, std::move(subject));
  co_return started;
}

}  // namespace evertoken
