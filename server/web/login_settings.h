#ifndef EVERTOKEN_SERVER_WEB_LOGIN_SETTINGS_H_
#define EVERTOKEN_SERVER_WEB_LOGIN_SETTINGS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/clock.h"
#include "server/base/token_bucket.h"
#include "server/broker/app_registry.h"
#include "server/broker/broker_pool.h"
#include "server/web/login_cookies.h"
#include "server/web/url_query.h"
#include "server/web/work_limit.h"

namespace evertoken {

// What the login pages share. Thread-safe, and immutable but for `work` and `begun`.
struct LoginSettings {
  const BrokerPool* brokers = nullptr;
  const AppRegistry* apps = nullptr;
  std::string public_url;   // without a slash at its end
  std::string default_app;  // key; empty: none
  const Clock* clock = nullptr;
  LoginCookies cookies{false};
  std::shared_ptr<WorkLimit> work;     // logins that wait for a broker
  std::shared_ptr<TokenBucket> begun;  // logins begun, each of which the store keeps for a while
};

// Which app a page is asked for, and where it wants its users back.
struct AppRequest {
  const config::v1::App* app = nullptr;
  std::string redirect_uri;
};

// From `app` (default: the default app) and `redirect_uri` (default: the app's first registered one). The URI must be
// registered: REQUEST_INVALID. An app that is not known: CALLER_UNKNOWN.
absl::StatusOr<AppRequest> AppRequestOf(const LoginSettings& settings, const UrlQuery& query);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_LOGIN_SETTINGS_H_
