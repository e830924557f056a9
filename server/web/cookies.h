#ifndef EVERTOKEN_SERVER_WEB_COOKIES_H_
#define EVERTOKEN_SERVER_WEB_COOKIES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace evertoken {

// A cookie that the browser sent.
struct Cookie {
  std::string name;
  std::string value;
};

// The cookies of a Cookie header (RFC 6265 section 4.2.1), in its order: browsers send older ones first. Pairs that the grammar
// does not allow are left out, as other software on the same host may set what it likes; at most 128 are read.
std::vector<Cookie> ParseCookies(absl::string_view header);

// The value of a Set-Cookie header: `Path=/; HttpOnly; SameSite=Lax`, with `Secure` where asked for. Name and value must be
// of the grammar. A `max_age` of zero makes the browser forget the cookie.
std::string SerializeCookie(const Cookie& cookie, absl::Duration max_age, bool secure);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_COOKIES_H_
