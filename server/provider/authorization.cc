#include "server/provider/authorization.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/provider/binding_values.h"
#include "server/provider/pkce.h"
#include "server/provider/provider_error.h"
#include "server/provider/scope_text.h"

namespace evertoken {
namespace {

using config::v1::Provider;

constexpr size_t kMostScopes = 100;

bool Holds(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// The caller's, else the client's, else the entry's; with the one that brings a refresh token.
std::vector<std::string> ScopesToAsk(const ProviderBinding& binding,
                                     const AuthorizationRequest& request) {
  const Provider::Authorization& authorization = binding.entry->authorization();
  const auto& configured =
      binding.client->scopes().empty() ? authorization.scopes() : binding.client->scopes();
  std::vector<std::string> scopes = request.scopes;
  if (scopes.empty()) scopes.assign(configured.begin(), configured.end());
  const std::string& offline = authorization.offline_scope();
  if (!offline.empty() && !Holds(scopes, offline)) scopes.push_back(offline);
  return scopes;
}

absl::Status CheckScopes(const std::vector<std::string>& scopes) {
  std::vector<FieldViolation> violations;
  if (scopes.size() > kMostScopes)
    violations.push_back({"scopes", absl::StrCat("at most ", kMostScopes, " are allowed")});
  for (size_t i = 0; i < scopes.size() && i < kMostScopes; ++i) {
    if (IsScopeToken(scopes[i])) continue;
    violations.push_back({absl::StrCat("scopes[", i, "]"),
                          "must be visible ASCII without quotes, backslash and spaces"});
  }
  return violations.empty() ? absl::OkStatus() : RequestInvalid(violations);
}

}  // namespace

Authorizer::Authorizer(Endpoints* endpoints) : endpoints_(endpoints) {}

Task<absl::StatusOr<AuthorizationRedirect>> Authorizer::Start(ProviderBinding binding,
                                                              AuthorizationRequest request) {
  const absl::Status instance = CheckInstance(*binding.entry, *binding.client);
  if (!instance.ok())
    co_return Misconfigured(binding.provider,
                            absl::StrCat("instance parameters: ", instance.message()));
  AuthorizationRedirect redirect;
  redirect.scopes = ScopesToAsk(binding, request);
  const absl::Status scopes = CheckScopes(redirect.scopes);
  if (!scopes.ok()) co_return scopes;
  absl::StatusOr<std::string> url = co_await endpoints_->Authorization(binding);
  if (!url.ok()) co_return url.status();
  absl::StatusOr<bool> pkce = co_await endpoints_->WantsPkce(binding);
  if (!pkce.ok()) co_return pkce.status();

  const Provider::Authorization& authorization = binding.entry->authorization();
  const BindingValues values(binding, nullptr, request.redirect_uri);
  absl::StatusOr<FormFields> query = values.Expand(authorization.parameters());
  if (!query.ok()) co_return query.status();
  query->emplace_back("response_type", "code");
  query->emplace_back(authorization.client_id_parameter(), binding.client->client_id());
  query->emplace_back("redirect_uri", request.redirect_uri);
  query->emplace_back("state", request.state);
  if (!redirect.scopes.empty()) {
    query->emplace_back(authorization.scope_parameter(),
                        JoinScopes(redirect.scopes, authorization.scope_separator()));
  }
  const bool is_openid = !binding.entry->issuer().empty() && Holds(redirect.scopes, "openid");
  if (is_openid && !authorization.no_nonce()) {
    redirect.nonce = Secret(RandomToken(16));
    query->emplace_back("nonce", redirect.nonce.Reveal());
  }
  if (is_openid && !request.login_hint.empty())
    query->emplace_back("login_hint", request.login_hint);
  if (*pkce) {
    redirect.code_verifier = NewCodeVerifier();
    query->emplace_back("code_challenge", CodeChallenge(redirect.code_verifier));
    query->emplace_back("code_challenge_method", authorization.code_challenge_method());
  }
  // Some providers read a query in alphabetical order alone.
  std::sort(query->begin(), query->end());
  redirect.url = AppendQuery(*url, *query);
  if (!authorization.fragment().empty())
    absl::StrAppend(&redirect.url, "#", authorization.fragment());
  co_return redirect;
}

}  // namespace evertoken
