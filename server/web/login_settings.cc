#include "server/web/login_settings.h"

#include <algorithm>
#include <utility>

#include "server/base/error.h"

namespace evertoken {

absl::StatusOr<AppRequest> AppRequestOf(const LoginSettings& settings, const UrlQuery& query) {
  const absl::StatusOr<std::string> key = query.Get("app");
  if (!key.ok()) return key.status();
  absl::StatusOr<std::string> redirect_uri = query.Get("redirect_uri");
  if (!redirect_uri.ok()) return redirect_uri.status();

  AppRequest request;
  request.app = settings.apps->Find(key->empty() ? settings.default_app : *key);
  if (request.app == nullptr) {
    return MakeError(v1::ERROR_REASON_CALLER_UNKNOWN,
                     "No application is registered here under the name in the address.");
  }
  const auto& registered = request.app->redirect_uris();
  if (registered.empty()) {
    return MakeError(
        v1::ERROR_REASON_CALLER_FORBIDDEN,
        "The application has registered no address (redirect_uris) to send you back to.");
  }
  if (redirect_uri->empty()) {
    request.redirect_uri = registered.Get(0);
    return request;
  }
  // Compared byte for byte (RFC 9700 section 2.1): anything cleverer is a way to send tokens elsewhere.
  if (std::find(registered.begin(), registered.end(), *redirect_uri) == registered.end()) {
    return MakeError(v1::ERROR_REASON_REQUEST_INVALID,
                     "The redirect_uri is not one that the application has registered.");
  }
  request.redirect_uri = *std::move(redirect_uri);
  return request;
}

}  // namespace evertoken
