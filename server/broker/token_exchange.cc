#include "server/broker/token_exchange.h"

#include <utility>

#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/proto_time.h"

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
  CodeRedemption redemption;
  redemption.code = Secret(request.code());
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
  if (binding->entry->issuer().empty()) {
    co_return RequestInvalid(
        {{"provider_tokens.provider",
          "issues no ID tokens, so nothing proves for whom its tokens were made; "
          "send an authorization code instead"}});
  }
  // These came from outside, not from the provider: nothing is stored before the ID token proves that they are this client's.
  Secret id_token(request.id_token());
  Secret nonce(request.nonce());
  absl::StatusOr<IdTokenClaims> claims =
      co_await providers_->VerifyIdToken(*binding, std::move(id_token), nonce);
  if (!claims.ok()) {
    const bool forged = ReasonOf(claims.status()) == v1::ERROR_REASON_PROVIDER_REPLY_INVALID;
    if (!forged) co_return claims.status();
    co_return MakeError(
        v1::ERROR_REASON_CREDENTIAL_REJECTED,
        "provider_tokens.id_token is not a valid ID token of this provider for this app's client");
  }
  storage::v1::ProviderTokens tokens = TokensHeldByApp(request, clock_->Now());
  absl::StatusOr<StartedGrant> started = co_await starter_->Start(
      context, app, *binding, std::move(tokens), std::move(nonce), /*claimed=*/true);
  co_return started;
}

}  // namespace evertoken
