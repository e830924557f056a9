#ifndef EVERTOKEN_SERVER_WEB_SIGN_IN_HANDLER_H_
#define EVERTOKEN_SERVER_WEB_SIGN_IN_HANDLER_H_

#include <memory>

#include "server/web/login_settings.h"
#include "server/web/web_message.h"

namespace evertoken {

// `GET /[?app=…][&redirect_uri=…][&state=…]`: the app's providers with sign-in links.
WebHandler MakeSignInHandler(std::shared_ptr<const LoginSettings> settings);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_SIGN_IN_HANDLER_H_
