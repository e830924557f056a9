#ifndef EVERTOKEN_SERVER_WEB_LOGIN_HANDLER_H_
#define EVERTOKEN_SERVER_WEB_LOGIN_HANDLER_H_

#include <memory>

#include "server/web/login_settings.h"
#include "server/web/web_message.h"

namespace evertoken {

// `GET /login/{provider}[?app=…][&redirect_uri=…][&state=…]`: sends the browser to the provider, with a cookie that binds the
// login to it. Beyond `settings->work` and `settings->begun`: SERVER_OVERLOADED, with a second to wait.
WebHandler MakeLoginHandler(std::shared_ptr<const LoginSettings> settings);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_LOGIN_HANDLER_H_
