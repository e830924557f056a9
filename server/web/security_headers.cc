#include "server/web/security_headers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

// Pages with our script carry a form that leaves this origin. `form-action` is not narrowed there: browsers apply it to every
// redirect behind the form as well, and where an app sends its user next is not ours to know.
std::string ContentSecurityPolicy(bool own_script) {
  return absl::StrCat(
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; ",
      own_script ? "script-src 'self'" : "form-action 'none'");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> SecurityHeaders(const WebResponse& response,
                                                                 bool https) {
  std::vector<std::pair<std::string, std::string>> headers = {
      {"Content-Security-Policy", ContentSecurityPolicy(response.own_script)},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  const bool decides_caching =
      std::any_of(response.headers.begin(), response.headers.end(),
                  [](const auto& header) { return header.first == "Cache-Control"; });
  if (!decides_caching) headers.emplace_back("Cache-Control", "no-store");
  if (https) headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  return headers;
}

}  // namespace evertoken
