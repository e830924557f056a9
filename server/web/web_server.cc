#include "server/web/web_server.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/log.h"
#include "server/web/callback_handler.h"
#include "server/web/http_listener.h"
#include "server/web/login_handler.h"
#include "server/web/login_settings.h"
#include "server/web/pages.h"
#include "server/web/router.h"
#include "server/web/sign_in_handler.h"
#include "server/web/status_handlers.h"
#include "server/web/tls_context.h"
#include "server/web/web_limits.h"
#include "server/web/web_service.h"

namespace evertoken {
namespace {

constexpr int kMaxLoginsUnderWay = 2048;
constexpr int kSecondsOfLoginsAtOnce = 10;

bool IsHttps(absl::string_view url) { return absl::StartsWithIgnoreCase(url, "https://"); }

std::shared_ptr<const LoginSettings> MakeSettings(const config::v1::Web& config,
                                                  const std::string& public_url,
                                                  const WebServerParts& parts, const Clock* clock) {
  auto settings = std::make_shared<LoginSettings>();
  settings->brokers = parts.brokers;
  settings->apps = parts.apps;
  settings->public_url = public_url;
  settings->default_app = config.default_app();
  settings->clock = clock;
  settings->cookies = LoginCookies(IsHttps(public_url));
  settings->work = std::make_shared<WorkLimit>(kMaxLoginsUnderWay);
  settings->begun = std::make_shared<TokenBucket>(
      parts.logins_per_second, parts.logins_per_second * kSecondsOfLoginsAtOnce, clock);
  return settings;
}

Router MakeRouter(std::shared_ptr<const LoginSettings> settings, const WebServerParts& parts) {
  Router router;
  router.Add("GET", "/", MakeSignInHandler(settings));
  router.Add("GET", "/login/{provider}", MakeLoginHandler(settings), HeadPolicy::kRefused);
  router.Add("GET", "/callback/{provider}", MakeCallbackHandler(settings), HeadPolicy::kRefused);
  router.Add("POST", "/callback/{provider}", MakeCallbackHandler(settings));
  router.Add("GET", "/healthz", MakeHealthHandler());
  router.Add("GET", "/readyz", MakeReadyHandler(parts.ready));
  router.Add("GET", "/metrics", MakeMetricsHandler(parts.metrics));
  router.Add("GET", "/style.css", MakeAssetHandler("text/css; charset=utf-8", StyleSheet()));
  router.Add("GET", "/submit.js",
             MakeAssetHandler("text/javascript; charset=utf-8", SubmitScript()));
  router.Add("GET", "/favicon.ico", MakeNoContentHandler());
  return router;
}

}  // namespace

class WebServer::Impl {
 public:
  explicit Impl(std::unique_ptr<HttpListener> listener) : listener_(std::move(listener)) {}

  HttpListener* listener() { return listener_.get(); }

 private:
  const std::unique_ptr<HttpListener> listener_;  // null: off
};

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Start(const config::v1::Web& config,
                                                            const std::string& base_dir,
                                                            WebServerParts parts) {
  const std::string listen = config.listen().empty() ? "127.0.0.1:8080" : config.listen();
  if (listen == "off")
    return std::unique_ptr<WebServer>(new WebServer(std::make_unique<Impl>(nullptr)));

  std::shared_ptr<TlsContext> tls;
  if (config.has_tls()) {
    absl::StatusOr<std::shared_ptr<TlsContext>> loaded = TlsContext::Load(config.tls(), base_dir);
    if (!loaded.ok()) return loaded.status();
    tls = *std::move(loaded);
  }
  absl::StatusOr<std::unique_ptr<HttpListener>> listener =
      HttpListener::Bind(listen, parts.loops, WebLimits());
  if (!listener.ok()) return listener.status();

  std::string public_url(absl::StripSuffix(config.public_url(), "/"));
  if (public_url.empty()) {
    public_url =
        absl::StrCat(tls != nullptr ? "https" : "http", "://localhost:", (*listener)->port());
  }
  static const SystemClock system_clock;
  const Clock* clock = parts.clock != nullptr ? parts.clock : &system_clock;
  Router router = MakeRouter(MakeSettings(config, public_url, parts, clock), parts);
  (*listener)->Serve(
      std::make_shared<WebService>(std::move(router), parts.metrics, clock, IsHttps(public_url)),
      std::move(tls));
  Log(LogLevel::kInfo, "web_listening",
      {{"address", listen}, {"port", (*listener)->port()}, {"public_url", public_url}});
  return std::unique_ptr<WebServer>(new WebServer(std::make_unique<Impl>(*std::move(listener))));
}

WebServer::WebServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebServer::~WebServer() = default;

int WebServer::port() const { return impl_->listener() == nullptr ? 0 : impl_->listener()->port(); }

void WebServer::Drain(absl::Duration timeout) {
  if (impl_->listener() != nullptr) impl_->listener()->Drain(timeout);
}

}  // namespace evertoken
