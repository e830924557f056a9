#include "server/broker/login_flow.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/broker/grant_repository.h"
#include "server/broker/login_gate.h"

namespace evertoken {
namespace {

absl::Status LoginRejected() {
  return MakeError(v1::ERROR_REASON_CREDENTIAL_REJECTED,
                   "the login is unknown, already finished, or older than 10 minutes; begin again");
}

// RFC 6749 section 4.1.2.1; the provider's own words stay out of ours.
absl::Status AuthorizationError(const std::string& error) {
  if (error == "temporarily_unavailable" || error == "server_error") {
    return WithRetryAfter(
        MakeError(v1::ERROR_REASON_PROVIDER_UNAVAILABLE, "the provider could not sign the user in"),
        absl::Seconds(5));
  }
  if (error == "unauthorized_client" || error == "invalid_scope" ||
      error == "unsupported_response_type") {
    return MakeError(v1::ERROR_REASON_PROVIDER_MISCONFIGURED,
                     "the provider refused the login request of this client");
  }
  return MakeError(v1::ERROR_REASON_CREDENTIAL_REJECTED,
                   "the user or the provider refused the login");
}

}  // namespace

LoginFlow::LoginFlow(TokenStore* store, const KeyRing* keys, const AppRegistry* apps,
                     ProviderApi* providers, GuardedProvider* guarded, GrantStarter* starter,
                     const Clock* clock)
    : store_(store),
      keys_(keys),
      apps_(apps),
      providers_(providers),
      guarded_(guarded),
      starter_(starter),
      clock_(clock) {}

Task<absl::StatusOr<LoginFlow::Begun>> LoginFlow::Begin(ProviderBinding binding,
                                                        storage::v1::LoginAttempt attempt,
                                                        std::string login_hint) {
  const absl::Status open = CheckTakesLogins(binding, clock_->Now());
  if (!open.ok()) co_return open;
  Secret state(RandomToken(32));
  AuthorizationRequest request;
  request.redirect_uri = attempt.provider_redirect_uri();
  request.state = state.Reveal();
  request.scopes.assign(attempt.scopes().begin(), attempt.scopes().end());
  request.login_hint = std::move(login_hint);
  absl::StatusOr<AuthorizationRedirect> redirect =
      co_await providers_->StartAuthorization(binding, std::move(request));
  if (!redirect.ok()) co_return redirect.status();

  attempt.set_nonce(redirect->nonce.Reveal());
  attempt.set_code_verifier(redirect->code_verifier.Reveal());
  attempt.mutable_scopes()->Assign(redirect->scopes.begin(), redirect->scopes.end());
  SlotKey key = keys_->Hash(kLoginStatePurpose, state.Reveal());
  std::string owner = attempt.browser_binding().empty() ? RpcOwner(*apps_->Find(attempt.app()))
                                                        : WebOwner(attempt.provider());
  std::string record = attempt.SerializeAsString();
  absl::Status kept = co_await store_->PutTicket(std::move(key), std::move(owner),
                                                 std::move(record), kLoginLifetime);
  if (!kept.ok()) co_return kept;
  Begun begun{std::move(redirect->url), std::move(state), clock_->Now() + kLoginLifetime};
  co_return begun;
}

std::string LoginFlow::WebOwner(absl::string_view provider) {
  return absl::StrCat("web:", provider);
}

std::string LoginFlow::RpcOwner(const config::v1::App& app) {
  return absl::StrCat("rpc:", app.key());
}

Task<absl::StatusOr<storage::v1::LoginAttempt>> LoginFlow::Recall(std::string owner, Secret state) {
  const std::vector<SlotKey> candidates = keys_->HashCandidates(kLoginStatePurpose, state.Reveal());
  for (const SlotKey& key : candidates) {
    absl::StatusOr<Ticket> ticket = co_await store_->SpendTicket(key, owner, absl::ZeroDuration());
    if (absl::IsNotFound(ticket.status())) continue;
    if (!ticket.ok()) co_return ticket.status();
    storage::v1::LoginAttempt attempt;
    if (!attempt.ParseFromString(ticket->record)) {
      co_return MakeError(v1::ERROR_REASON_INTERNAL, "a stored login cannot be read");
    }
    co_return attempt;
  }
  co_return LoginRejected();
}

Task<absl::StatusOr<StartedGrant>> LoginFlow::Finish(RequestContext context,
                                                     storage::v1::LoginAttempt attempt,
                                                     Callback callback, bool claimed) {
  const config::v1::App* app = apps_->Find(attempt.app());
  if (app == nullptr) {
    co_return MakeError(v1::ERROR_REASON_CREDENTIAL_REJECTED,
                        "the app of this login is not registered any more");
  }
  absl::StatusOr<ProviderBinding> binding = apps_->Bind(*app, attempt.provider());
  if (!binding.ok()) co_return binding.status();
  absl::Status answered =
      co_await providers_->CheckCallbackIssuer(*binding, std::move(callback.issuer));
  if (!answered.ok()) co_return answered;
  if (!callback.error.empty()) co_return AuthorizationError(callback.error);

  CodeRedemption redemption;
  redemption.code = std::move(callback.code);
  redemption.redirect_uri = attempt.provider_redirect_uri();
  redemption.code_verifier = Secret(attempt.code_verifier());
  redemption.requested_scopes.assign(attempt.scopes().begin(), attempt.scopes().end());
  redemption.callback = std::move(callback.parameters);
  absl::StatusOr<storage::v1::ProviderTokens> tokens =
      co_await guarded_->RedeemCode(app, *binding, std::move(redemption));
  if (!tokens.ok()) co_return tokens.status();
  Secret nonce(attempt.nonce());
  absl::StatusOr<StartedGrant> started = co_await starter_->Start(
      context, app, *binding, *std::move(tokens), std::move(nonce), claimed);
  co_return started;
}

}  // namespace evertoken
