#ifndef EVERTOKEN_SERVER_BROKER_WEB_LOGIN_H_
#define EVERTOKEN_SERVER_BROKER_WEB_LOGIN_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/log.h"
#include "server/base/metrics.h"
#include "server/base/secret.h"
#include "server/base/task.h"
#include "server/broker/app_registry.h"
#include "server/broker/login_flow.h"
#include "server/broker/token_exchange.h"
#include "server/store/key_ring.h"

namespace evertoken {

// A login that begins at `/login/{provider}`: the app is named, not authenticated, so its redirect URI must be registered.
struct WebLoginRequest {
  const config::v1::App* app = nullptr;
  std::string provider;
  std::string callback_uri;      // ours, as the provider must call it
  std::string app_redirect_uri;  // checked here against the registered ones
  std::string app_state;         // returned to the app untouched; at most 1024 bytes
  RequestContext context;
};

struct WebLoginStart {
  std::string authorization_url;
  Secret browser_cookie;  // binds the login to this browser; to be given back at the callback
  absl::Duration valid_for;
};

// What came to `/callback/{provider}`.
struct WebCallback {
  std::string provider;
  Secret state;
  Secret code;
  std::string error;                              // RFC 6749 section 4.1.2.1; empty: none
  std::string iss;                                // RFC 9207; empty: none
  Secret browser_cookie;                          // empty: the browser sent none
  std::map<std::string, std::string> parameters;  // all others, for entries that keep some
  RequestContext context;
};

// How a web login ended. Where `app_redirect_uri` is set, the login attempt was proven to be this browser's and the app may be
// told the outcome; where it is empty only a page may be shown.
struct WebLoginResult {
  absl::StatusOr<Secret> request_token = absl::UnknownError("");
  std::string app_redirect_uri;
  std::string app_state;
  bool form_post = false;
};

// Logins through a browser: binds each to the browser it was begun in, and sends the app a request token. Belongs to one executor.
class WebLogin {
 public:
  // All must outlive the object.
  WebLogin(LoginFlow* logins, TokenExchange* exchange, const AppRegistry* apps, const KeyRing* keys,
           Metrics* metrics);

  // REQUEST_INVALID when the app has not registered the redirect URI; PROVIDER_UNKNOWN, PROVIDER_DISABLED.
  Task<absl::StatusOr<WebLoginStart>> Start(WebLoginRequest request);

  Task<WebLoginResult> Complete(WebCallback callback);

 private:
  bool SameBrowser(const std::string& binding, const Secret& cookie) const;

  LoginFlow* const logins_;
  TokenExchange* const exchange_;
  const AppRegistry* const apps_;
  const KeyRing* const keys_;
  Metrics* const metrics_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_WEB_LOGIN_H_
