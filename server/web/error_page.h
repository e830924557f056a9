#ifndef EVERTOKEN_SERVER_WEB_ERROR_PAGE_H_
#define EVERTOKEN_SERVER_WEB_ERROR_PAGE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/web/web_message.h"

namespace evertoken {

// A failure as a page for people, with the HTTP status that belongs to its ErrorReason, Retry-After where waiting helps, and the
// request id. Shows the status' message when the fault is the request's, and a fixed text when it is ours or the provider's.
WebResponse ErrorResponse(const absl::Status& status, const RequestContext& context);

// A page for what went wrong before a handler was reached: 400, 404, 405, 413, 431.
WebResponse HttpErrorResponse(int status, const RequestContext& context);

// SERVER_OVERLOADED, with a second to wait.
WebResponse OverloadedResponse(const RequestContext& context);

// The `error` parameter that tells an app why a login failed (RFC 6749 section 4.1.2.1). `provider_error` is what the provider
// said to us, which may be anything.
std::string OAuthErrorFor(const absl::Status& status, absl::string_view provider_error);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_ERROR_PAGE_H_
