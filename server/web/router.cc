#include "server/web/router.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

constexpr size_t kMaxParameterBytes = 64;

bool IsParameterCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

// What the pattern's parameter stands for (empty when it has none); nullopt when the path is not of the pattern.
std::optional<std::string> MatchPath(absl::string_view pattern, absl::string_view path) {
  const size_t brace = pattern.find('{');
  if (brace == absl::string_view::npos) {
    if (path != pattern) return std::nullopt;
    return std::string();
  }
  if (!absl::ConsumePrefix(&path, pattern.substr(0, brace))) return std::nullopt;
  const bool fits = !path.empty() && path.size() <= kMaxParameterBytes &&
                    std::all_of(path.begin(), path.end(), IsParameterCharacter);
  if (!fits) return std::nullopt;
  return std::string(path);
}

}  // namespace

void Router::Add(absl::string_view method, absl::string_view pattern, WebHandler handler,
                 HeadPolicy head) {
  routes_.push_back({std::string(method), std::string(pattern), head, std::move(handler)});
}

Router::Match Router::Find(absl::string_view method, absl::string_view path) const {
  Match match;
  std::vector<std::string> allowed;
  for (const Route& route : routes_) {
    std::optional<std::string> parameter = MatchPath(route.pattern, path);
    if (!parameter.has_value()) continue;
    const bool answers_head = route.method == "GET" && route.head == HeadPolicy::kAllowed;
    if (route.method == method || (answers_head && method == "HEAD")) {
      match.route = &route;
      match.parameter = *std::move(parameter);
      return match;
    }
    allowed.push_back(route.method);
    if (answers_head) allowed.push_back("HEAD");
  }
  match.status = allowed.empty() ? 404 : 405;
  match.allow = absl::StrJoin(allowed, ", ");
  return match;
}

}  // namespace evertoken
