#ifndef EVERTOKEN_SERVER_WEB_CALLBACK_HANDLER_H_
#define EVERTOKEN_SERVER_WEB_CALLBACK_HANDLER_H_

#include <memory>

#include "server/web/login_settings.h"
#include "server/web/web_message.h"

namespace evertoken {

// `GET /callback/{provider}` and, for providers with response_mode=form_post, `POST`: finishes a login and sends the browser back
// to the app with a request token or an error, in the way the app chose (query or form post). Where the login cannot be proven to be
// this browser's, only a page is shown.
//
// A provider's cross-site POST brings no SameSite=Lax cookies. It is answered with a form of the same fields that posts itself
// from this origin, so that the cookie comes along and the code, unlike with a redirect, never stands in an address.
WebHandler MakeCallbackHandler(std::shared_ptr<const LoginSettings> settings);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_CALLBACK_HANDLER_H_
