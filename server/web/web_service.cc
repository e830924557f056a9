#include "server/web/web_service.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/web/error_page.h"
#include "server/web/security_headers.h"

namespace evertoken {
namespace {

bool BreaksLine(const std::pair<std::string, std::string>& header) {
  constexpr char kBreaks[] = {'\r', '\n', '\0'};
  return header.second.find_first_of(kBreaks, 0, sizeof(kBreaks)) != std::string::npos;
}

}  // namespace

WebService::WebService(Router router, Metrics* metrics, const Clock* clock, bool https)
    : router_(std::move(router)), metrics_(metrics), clock_(clock), https_(https) {}

std::string WebService::Handle(WebRequest request, WebResponder respond) const {
  Router::Match match = router_.Find(request.method, request.path);
  if (match.route == nullptr) {
    WebResponse response = HttpErrorResponse(match.status, request.context);
    if (!match.allow.empty()) response.headers.emplace_back("Allow", std::move(match.allow));
    respond(std::move(response));
    return "other";
  }
  request.parameter = std::move(match.parameter);
  match.route->handler(std::move(request), std::move(respond));
  return absl::StrCat(match.route->method, " ", match.route->pattern);
}

void WebService::Finish(absl::string_view label, const RequestContext& context, absl::Time began,
                        WebResponse* response) const {
  // No handler makes such a value; if one ever does, the reply must not become two.
  if (std::any_of(response->headers.begin(), response->headers.end(), BreaksLine)) {
    *response = ErrorResponse(absl::InternalError(""), context);
  }
  for (auto& header : SecurityHeaders(*response, https_))
    response->headers.push_back(std::move(header));
  response->headers.emplace_back("X-Request-Id", context.request_id);
  // A clock that was set back in between makes no negative durations.
  const absl::Duration took = std::max(clock_->Now() - began, absl::ZeroDuration());
  metrics_->CountRequest(label, absl::StrCat(response->status), took);
  Log(LogLevel::kInfo, "web_request", context,
      {{"route", label},
       {"status", response->status},
       {"milliseconds", absl::ToDoubleMilliseconds(took)}});
}

}  // namespace evertoken
