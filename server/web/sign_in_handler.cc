#include "server/web/sign_in_handler.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/config/lifecycle.h"
#include "server/web/error_page.h"
#include "server/web/pages.h"

namespace evertoken {
namespace {

absl::StatusOr<std::string> MakePage(const LoginSettings& settings, const WebRequest& request) {
  const absl::StatusOr<UrlQuery> query = UrlQuery::Parse(request.query);
  if (!query.ok()) return query.status();
  const absl::StatusOr<AppRequest> wanted = AppRequestOf(settings, *query);
  if (!wanted.ok()) return wanted.status();
  absl::StatusOr<std::string> state = query->Get("state");
  if (!state.ok()) return state.status();

  UrlQuery::Parameters parameters = {{"app", wanted->app->key()},
                                     {"redirect_uri", wanted->redirect_uri}};
  if (!state->empty()) parameters.emplace_back("state", *std::move(state));
  std::vector<SignInLink> links;
  for (const ProviderBinding& binding : settings.apps->BindingsOf(*wanted->app)) {
    if (HasEnded(*binding.entry, settings.clock->Now())) continue;
    const std::string& name = binding.entry->display_name();
    links.push_back({name.empty() ? binding.provider : name,
                     AddToQuery(absl::StrCat("/login/", binding.provider), parameters)});
  }
  const std::string& app_name = wanted->app->display_name();
  return SignInPage(app_name.empty() ? wanted->app->key() : app_name, links);
}

}  // namespace

WebHandler MakeSignInHandler(std::shared_ptr<const LoginSettings> settings) {
  return [settings = std::move(settings)](WebRequest request, WebResponder respond) {
    absl::StatusOr<std::string> page = MakePage(*settings, request);
    if (!page.ok()) return respond(ErrorResponse(page.status(), request.context));
    WebResponse response;
    response.body = *std::move(page);
    respond(std::move(response));
  };
}

}  // namespace evertoken
