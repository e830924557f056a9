#include "server/web/callback_handler.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/task.h"
#include "server/web/error_page.h"
#include "server/web/pages.h"

namespace evertoken {
namespace {

// Marks the second of the two posts, so that a browser that keeps no cookies is told so instead of posting for ever.
constexpr char kRelayed[] = "evertoken_relayed";

bool IsForm(absl::string_view content_type) {
  const std::string type = absl::AsciiStrToLower(content_type.substr(0, content_type.find(';')));
  return absl::StripAsciiWhitespace(type) == "application/x-www-form-urlencoded";
}

bool IsOurs(absl::string_view name) {
  return name == "state" || name == "code" || name == "error" || name == "iss" || name == kRelayed;
}

// Parameters that the catalogue entry may keep. One that came twice says nothing certain and is left out.
std::map<std::string, std::string> OthersIn(const UrlQuery& query) {
  std::map<std::string, std::string> others;
  for (const auto& [name, value] : query.all()) {
    if (!IsOurs(name) && query.Get(name).ok()) others.emplace(name, value);
  }
  return others;
}

absl::StatusOr<WebCallback> ToCallback(const LoginSettings& settings, const WebRequest& request,
                                       const UrlQuery& query) {
  absl::StatusOr<std::string> state = query.Get("state");
  if (!state.ok()) return state.status();
  absl::StatusOr<std::string> code = query.Get("code");
  if (!code.ok()) return code.status();
  absl::StatusOr<std::string> error = query.Get("error");
  if (!error.ok()) return error.status();
  absl::StatusOr<std::string> iss = query.Get("iss");
  if (!iss.ok()) return iss.status();
  if (state->empty()) {
    return MakeError(v1::ERROR_REASON_REQUEST_INVALID,
                     "The parameter state is missing: this address is for providers to call.");
  }
  if (code->empty() && error->empty()) {
    return MakeError(v1::ERROR_REASON_REQUEST_INVALID,
                     "The provider sent neither a code nor an error.");
  }
  WebCallback callback;
  callback.provider = request.parameter;
  callback.state = Secret(*std::move(state));
  callback.code = Secret(*std::move(code));
  callback.error = *std::move(error);
  callback.iss = *std::move(iss);
  callback.browser_cookie = settings.cookies.Find(request.cookies, callback.state);
  callback.parameters = OthersIn(query);
  callback.context = request.context;
  return callback;
}

WebResponse FormPost(absl::string_view action, const HiddenFields& fields) {
  WebResponse response;
  response.body = FormPostPage("Signing in", action, fields);
  response.own_script = true;
  return response;
}

WebResponse Relay(const WebRequest& request, const UrlQuery& query) {
  HiddenFields fields = query.all();
  fields.emplace_back(kRelayed, "1");
  return FormPost(absl::StrCat("/callback/", request.parameter), fields);
}

// Tells the app, in the way it chose.
WebResponse SendToApp(const WebRequest& request, const WebLoginResult& result,
                      UrlQuery::Parameters parameters) {
  if (!result.app_state.empty()) parameters.emplace_back("state", result.app_state);
  if (result.form_post) return FormPost(result.app_redirect_uri, parameters);
  WebResponse response;
  // 303 makes a browser that posted come to the app with a GET (RFC 9110 section 15.4.4).
  response.status = request.method == "POST" ? 303 : 302;
  response.headers.emplace_back("Location", AddToQuery(result.app_redirect_uri, parameters));
  return response;
}

WebResponse ToResponse(const WebRequest& request, const WebLoginResult& result,
                       absl::string_view provider_error) {
  const absl::Status& status = result.request_token.status();
  if (result.app_redirect_uri.empty()) {
    if (!status.ok()) return ErrorResponse(status, request.context);
    return ErrorResponse(
        MakeError(v1::ERROR_REASON_INTERNAL, "A login ended without an address to return to."),
        request.context);
  }
  if (!status.ok())
    return SendToApp(request, result, {{"error", OAuthErrorFor(status, provider_error)}});
  return SendToApp(request, result, {{"request_token", result.request_token->Reveal()}});
}

Task<void> FinishLogin(Broker* broker, std::shared_ptr<const LoginSettings> settings,
                       WebRequest request, WebCallback callback,
                       std::unique_ptr<WorkLimit::Pass> pass, WebResponder respond) {
  const std::string provider_error = callback.error;
  const Secret state = callback.state;
  const bool has_cookie = !callback.browser_cookie.empty();
  const WebLoginResult result = co_await broker->CompleteWebLogin(std::move(callback));
  pass.reset();
  WebResponse response = ToResponse(request, result, provider_error);
  // A store that was away may be back when the user reloads; the login can go on then.
  const bool can_retry =
      ReasonOf(result.request_token.status()) == v1::ERROR_REASON_STORE_UNAVAILABLE &&
      result.app_redirect_uri.empty();
  if (has_cookie && !can_retry)
    response.headers.emplace_back("Set-Cookie", settings->cookies.End(state));
  respond(std::move(response));
}

void Answer(const std::shared_ptr<const LoginSettings>& settings, WebRequest request,
            WebResponder respond) {
  const bool is_post = request.method == "POST";
  if (is_post && !IsForm(request.content_type))
    return respond(HttpErrorResponse(415, request.context));
  const absl::StatusOr<UrlQuery> query = UrlQuery::Parse(is_post ? request.body : request.query);
  if (!query.ok()) return respond(ErrorResponse(query.status(), request.context));
  absl::StatusOr<WebCallback> callback = ToCallback(*settings, request, *query);
  if (!callback.ok()) return respond(ErrorResponse(callback.status(), request.context));
  const bool relayed = query->Get(kRelayed).value_or("1") == "1";
  if (is_post && callback->browser_cookie.empty() && !relayed)
    return respond(Relay(request, *query));
  std::unique_ptr<WorkLimit::Pass> pass = settings->work->Enter();
  if (pass == nullptr) return respond(OverloadedResponse(request.context));
  const BrokerPool::Seat seat = settings->brokers->ForToken(callback->state.Reveal());
  Spawn(seat.executor, FinishLogin(seat.broker, settings, std::move(request), *std::move(callback),
                                   std::move(pass), std::move(respond)));
}

}  // namespace

WebHandler MakeCallbackHandler(std::shared_ptr<const LoginSettings> settings) {
  return [settings = std::move(settings)](WebRequest request, WebResponder respond) {
    Answer(settings, std::move(request), std::move(respond));
  };
}

}  // namespace evertoken
