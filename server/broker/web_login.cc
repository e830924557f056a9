#include "server/broker/web_login.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/base/error.h"
#include "server/base/ids.h"

namespace evertoken {

WebLogin::WebLogin(LoginFlow* logins, TokenExchange* exchange, const AppRegistry* apps,
                   const KeyRing* keys, Metrics* metrics)
    : logins_(logins), exchange_(exchange), apps_(apps), keys_(keys), metrics_(metrics) {}

Task<absl::StatusOr<WebLoginStart>> WebLogin::Start(WebLoginRequest request) {
  if (!IsRegisteredRedirectUri(*request.app, request.app_redirect_uri)) {
    co_return RequestInvalid(
        {{"redirect_uri", "is not one of the app's registered redirect URIs"}});
  }
  absl::StatusOr<ProviderBinding> binding = apps_->Bind(*request.app, request.provider);
  if (!binding.ok()) co_return binding.status();
  Secret cookie(RandomToken(32));
  storage::v1::LoginAttempt attempt;
  attempt.set_app(request.app->key());
  attempt.set_provider(request.provider);
  attempt.set_provider_redirect_uri(request.callback_uri);
  attempt.set_app_redirect_uri(request.app_redirect_uri);
  attempt.set_app_state(request.app_state);
  attempt.set_browser_binding(keys_->Hash(kBrowserPurpose, cookie.Reveal()).value);
  if (request.app->request_token_delivery() == config::v1::App::DELIVERY_FORM_POST) {
    attempt.set_delivery(storage::v1::LoginAttempt::DELIVERY_FORM_POST);
  }
  std::string no_hint;
  absl::StatusOr<LoginFlow::Begun> begun =
      co_await logins_->Begin(*binding, std::move(attempt), std::move(no_hint));
  if (!begun.ok()) co_return begun.status();
  WebLoginStart start{std::move(begun->authorization_url), std::move(cookie), kLoginLifetime};
  co_return start;
}

Task<WebLoginResult> WebLogin::Complete(WebCallback callback) {
  WebLoginResult result;
  std::string owner = LoginFlow::WebOwner(callback.provider);
  absl::StatusOr<storage::v1::LoginAttempt> attempt =
      co_await logins_->Recall(std::move(owner), callback.state);
  if (!attempt.ok()) {
    result.request_token = attempt.status();
    co_return result;
  }
  if (!SameBrowser(attempt->browser_binding(), callback.browser_cookie)) {
    // Login CSRF (RFC 6819 section 4.4.1.8): the browser that comes back is not the one that went. The app is told nothing.
    result.request_token = MakeError(
        v1::ERROR_REASON_CREDENTIAL_REJECTED,
        "this login was begun in another browser, or its cookie was refused; begin again");
    co_return result;
  }
  result.app_redirect_uri = attempt->app_redirect_uri();
  result.app_state = attempt->app_state();
  result.form_post = attempt->delivery() == storage::v1::LoginAttempt::DELIVERY_FORM_POST;

  const config::v1::App* app = apps_->Find(attempt->app());
  LoginFlow::Callback answer{std::move(callback.code), callback.error, std::move(callback.iss),
                             std::move(callback.parameters)};
  absl::StatusOr<StartedGrant> started = co_await logins_->Finish(
      callback.context, *std::move(attempt), std::move(answer), /*claimed=*/false);
  metrics_->CountLogin(callback.provider,
                       started.ok() ? "ok" : ReasonName(ReasonOf(started.status())));
  if (!started.ok()) {
    result.request_token = started.status();
    co_return result;
  }
  result.request_token =
      co_await exchange_->IssueRequestToken(app, std::move(started->access_token));
  co_return result;
}

bool WebLogin::SameBrowser(const std::string& binding, const Secret& cookie) const {
  if (binding.empty() || cookie.empty()) return false;
  const std::vector<SlotKey> candidates = keys_->HashCandidates(kBrowserPurpose, cookie.Reveal());
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const SlotKey& key) { return Secret(key.value).Equals(binding); });
}

}  // namespace evertoken
