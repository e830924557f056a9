#ifndef EVERTOKEN_SERVER_WEB_LOGIN_COOKIES_H_
#define EVERTOKEN_SERVER_WEB_LOGIN_COOKIES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/secret.h"

namespace evertoken {

// The cookies that bind logins to the browser that began them. Each login attempt has its own, named after a hash of its state,
// so that logins in several tabs do not disturb each other; the browser keeps at most eight.
//
// On https the name has the prefix `__Host-`, which keeps other hosts of the same domain from planting one.
class LoginCookies {
 public:
  // `secure`: the browser sees this server through https.
  explicit LoginCookies(bool secure) : secure_(secure) {}

  // Set-Cookie values that keep `binding` for the attempt with this state, and forget the oldest attempts in `sent` (the
  // request's Cookie header) when there are too many.
  std::vector<std::string> Begin(absl::string_view sent, const Secret& state, const Secret& binding,
                                 absl::Duration valid_for) const;

  // The binding of the attempt with this state; empty when the browser did not send it.
  Secret Find(absl::string_view sent, const Secret& state) const;

  // The Set-Cookie value that forgets the attempt.
  std::string End(const Secret& state) const;

 private:
  std::string NameFor(const Secret& state) const;
  absl::string_view prefix() const;

  bool secure_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_LOGIN_COOKIES_H_
