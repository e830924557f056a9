#include "server/web/login_handler.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/task.h"
#include "server/web/error_page.h"

namespace evertoken {
namespace {

constexpr size_t kMaxAppStateBytes = 1024;

absl::StatusOr<WebLoginRequest> ToLoginRequest(const LoginSettings& settings,
                                               const WebRequest& request) {
  const absl::StatusOr<UrlQuery> query = UrlQuery::Parse(request.query);
  if (!query.ok()) return query.status();
  absl::StatusOr<AppRequest> wanted = AppRequestOf(settings, *query);
  if (!wanted.ok()) return wanted.status();
  absl::StatusOr<std::string> state = query->Get("state");
  if (!state.ok()) return state.status();
  if (state->size() > kMaxAppStateBytes) {
    return MakeError(v1::ERROR_REASON_REQUEST_INVALID,
                     "The parameter state is longer than 1024 bytes.");
  }
  WebLoginRequest login;
  login.app = wanted->app;
  login.provider = request.parameter;
  login.callback_uri = absl::StrCat(settings.public_url, "/callback/", request.parameter);
  login.app_redirect_uri = std::move(wanted->redirect_uri);
  login.app_state = *std::move(state);
  login.context = request.context;
  login.context.app = wanted->app->key();
  return login;
}

// The state that went into the authorization URL; empty when there is none.
Secret StateIn(absl::string_view authorization_url) {
  const size_t question = authorization_url.find('?');
  if (question == absl::string_view::npos) return Secret();
  const absl::StatusOr<UrlQuery> query = UrlQuery::Parse(authorization_url.substr(question + 1));
  if (!query.ok()) return Secret();
  absl::StatusOr<std::string> state = query->Get("state");
  return state.ok() ? Secret(*std::move(state)) : Secret();
}

WebResponse RedirectToProvider(const LoginSettings& settings, const WebRequest& request,
                               const WebLoginStart& start) {
  const Secret state = StateIn(start.authorization_url);
  if (state.empty()) {
    return ErrorResponse(
        MakeError(v1::ERROR_REASON_INTERNAL, "The authorization address carries no state."),
        request.context);
  }
  WebResponse response;
  response.status = 302;
  response.headers.emplace_back("Location", start.authorization_url);
  for (std::string& cookie :
       settings.cookies.Begin(request.cookies, state, start.browser_cookie, start.valid_for)) {
    response.headers.emplace_back("Set-Cookie", std::move(cookie));
  }
  return response;
}

Task<void> BeginLogin(Broker* broker, std::shared_ptr<const LoginSettings> settings,
                      WebRequest request, WebLoginRequest login,
                      std::unique_ptr<WorkLimit::Pass> pass, WebResponder respond) {
  const absl::StatusOr<WebLoginStart> start = co_await broker->StartWebLogin(std::move(login));
  pass.reset();
  WebResponse response = start.ok() ? RedirectToProvider(*settings, request, *start)
                                    : ErrorResponse(start.status(), request.context);
  respond(std::move(response));
}

}  // namespace

WebHandler MakeLoginHandler(std::shared_ptr<const LoginSettings> settings) {
  return [settings = std::move(settings)](WebRequest request, WebResponder respond) {
    absl::StatusOr<WebLoginRequest> login = ToLoginRequest(*settings, request);
    if (!login.ok()) return respond(ErrorResponse(login.status(), request.context));
    std::unique_ptr<WorkLimit::Pass> pass = settings->work->Enter();
    if (pass == nullptr) return respond(OverloadedResponse(request.context));
    // Beyond the limit nothing is stored: nobody needs to sign in to come here.
    if (!settings->begun->Take()) return respond(OverloadedResponse(request.context));
    const BrokerPool::Seat seat = settings->brokers->Any();
    Spawn(seat.executor, BeginLogin(seat.broker, settings, std::move(request), *std::move(login),
                                    std::move(pass), std::move(respond)));
  };
}

}  // namespace evertoken
