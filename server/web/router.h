#ifndef EVERTOKEN_SERVER_WEB_ROUTER_H_
#define EVERTOKEN_SERVER_WEB_ROUTER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/web/web_message.h"

namespace evertoken {

// Whether a GET route may be asked with HEAD. No where a request does something, so that a link checker's HEAD does not spend
// what was meant for a person.
enum class HeadPolicy { kAllowed, kRefused };

// Which handler answers a path. Filled at start, then immutable and thread-safe.
class Router {
 public:
  struct Route {
    std::string method;
    std::string pattern;
    HeadPolicy head = HeadPolicy::kAllowed;
    WebHandler handler;
  };

  // What a request comes to.
  struct Match {
    const Route* route = nullptr;  // null: `status` is the answer
    std::string parameter;         // what `{…}` stood for
    int status = 200;              // 404 or 405
    std::string allow;             // the Allow header of a 405 (RFC 9110 section 10.2.1)
  };

  // `pattern` is a path, or a path whose last segment is `{name}`, which stands for 1 to 64 of [a-z0-9-].
  void Add(absl::string_view method, absl::string_view pattern, WebHandler handler,
           HeadPolicy head = HeadPolicy::kAllowed);

  Match Find(absl::string_view method, absl::string_view path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_ROUTER_H_
