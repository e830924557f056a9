#include "server/provider/check_tokens.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/proto_time.h"
#include "server/provider/check_request.h"

namespace evertoken {
namespace {

using config::v1::Provider;

// What RFC 3986 section 3.5 permits, without percent-encoding.
bool IsFragment(absl::string_view text) {
  return text.size() <= 200 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("-._~!$&'()*+,;=:@/?", c);
         });
}

void CheckAuthorizationParameters(EntryInspector* inspector) {
  const Provider::Authorization& authorization = inspector->provider().authorization();
  std::set<std::string> reserved = {"response_type", "redirect_uri",   "state",
                                    "nonce",         "code_challenge", "code_challenge_method"};
  const auto add = [&](const char* field, const std::string& name) {
    const std::string path = absl::StrCat("authorization.", field);
    inspector->CheckParameterName(path, name);
    if (!reserved.insert(name).second) inspector->Problem(path, "is another parameter's name");
  };
  add("client_id_parameter", authorization.client_id_parameter());
  add("scope_parameter", authorization.scope_parameter());
  inspector->CheckParameterName("authorization.code_challenge_method",
                                authorization.code_challenge_method());
  inspector->CheckParameters("authorization.parameters", authorization.parameters(),
                             {"client_id", "redirect_uri"}, reserved);
}

void CheckSecretJwt(EntryInspector* inspector) {
  const Provider::ClientAuthentication& authentication =
      inspector->provider().client_authentication();
  const bool signs = authentication.kind() == Provider::ClientAuthentication::KIND_JWT_AS_SECRET;
  const std::string path = "client_authentication.jwt";
  if (signs != authentication.has_jwt())
    return inspector->Problem(path, "is required for `jwt_as_secret`, and only there");
  if (!signs) return;
  const auto text = [&](const char* name, const std::string& value) {
    const std::string place = absl::StrCat(path, ".", name);
    if (value.empty()) inspector->Problem(place, "is required");
    inspector->CheckText(place, value, {});
  };
  text("issuer", authentication.jwt().issuer());
  text("key_id", authentication.jwt().key_id());
  if (authentication.jwt().audience().empty())
    inspector->Problem(path + ".audience", "is required");
  const absl::Duration life = FromDuration(authentication.jwt().lifetime());
  if (life < absl::Minutes(1) || life > absl::Hours(1))
    inspector->Problem(path + ".lifetime", "must be 1m to 1h");
}

void CheckClientAuthentication(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const Provider::ClientAuthentication& authentication = provider.client_authentication();
  if (authentication.kind() == Provider::ClientAuthentication::KIND_BY_DISCOVERY &&
      provider.issuer().empty()) {
    inspector->Problem("client_authentication.kind", "`by_discovery` needs the entry's `issuer`");
  }
  const char* const kName = "client_authentication.client_secret_parameter";
  inspector->CheckParameterName(kName, authentication.client_secret_parameter());
  if (authentication.client_secret_parameter() == provider.authorization().client_id_parameter())
    inspector->Problem(kName, "is another parameter's name");
  CheckSecretJwt(inspector);
}

// Whether a standard request, of which the token endpoint is the place, is ever made.
bool CallsTokenEndpoint(const Provider& provider) {
  const bool refreshes = provider.renewal().kind() == Provider::Renewal::KIND_REFRESH_TOKEN_GRANT &&
                         !provider.renewal().has_request();
  return !provider.token().has_code_request() || refreshes;
}

void CheckSecondary(EntryInspector* inspector) {
  const auto& secondary = inspector->provider().token().secondary();
  if (secondary.size() > 4) inspector->Problem("token.secondary", "holds more than 4 pairs");
  for (const auto& [name, pair] : secondary) {
    const std::string path = MemberPath("token.secondary", name);
    if (!IsShortName(name)) inspector->Problem(path, "a name is 1 to 20 of [a-z0-9_]");
    inspector->CheckPointer(path + ".at", pair.at());
  }
}

void CheckRedemption(EntryInspector* inspector) {
  CheckSecondary(inspector);
  const Provider& provider = inspector->provider();
  const Provider::TokenEndpoint& token = provider.token();
  inspector->CheckParameters("token.code_parameters", token.code_parameters(),
                             {"client_id", "kept", "random"},
                             {"grant_type", "code", "redirect_uri", "code_verifier",
                              provider.authorization().client_id_parameter(),
                              provider.client_authentication().client_secret_parameter()});
  if (!token.has_code_request()) return;
  const char* const kPath = "token.code_request";
  CheckTokenRequest(kPath, token.code_request(),
                    {"client_id", "client_secret", "code", "redirect_uri", "kept"}, inspector);
  if (!Mentions(token.code_request(), "code"))
    inspector->Problem(kPath, "must hold {code}: it is what is redeemed");
  if (!token.code_parameters().empty())
    inspector->Problem("token.code_parameters", "mean nothing beside `code_request`");
}

}  // namespace

void CheckAuthorization(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const Provider::Authorization& authorization = provider.authorization();
  if (!authorization.url().empty()) {
    inspector->CheckUrl("authorization.url", authorization.url());
  } else if (provider.issuer().empty() && !provider.token().has_code_request()) {
    inspector->Problem("authorization.url",
                       "is required without `issuer`, unless apps bring codes (`code_request`)");
  }
  CheckAuthorizationParameters(inspector);
  if (!IsFragment(authorization.fragment())) {
    inspector->Problem("authorization.fragment",
                       "is not a fragment of a URL (RFC 3986 section 3.5), without `#`");
  }
  for (int i = 0; i < authorization.scopes_size(); ++i) {
    inspector->CheckScope(ElementPath("authorization.scopes", static_cast<size_t>(i)),
                          authorization.scopes(i));
  }
  if (!authorization.offline_scope().empty()) {
    inspector->CheckScope("authorization.offline_scope", authorization.offline_scope());
  }
  if (authorization.pkce() == Provider::PKCE_BY_DISCOVERY && provider.issuer().empty()) {
    inspector->Problem("authorization.pkce", "`by_discovery` needs the entry's `issuer`");
  }
  if (authorization.keep_from_callback_size() > 16) {
    inspector->Problem("authorization.keep_from_callback", "holds more than 16 names");
  }
}

void CheckTokenEndpoint(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const Provider::TokenEndpoint& token = provider.token();
  if (!token.url().empty()) {
    inspector->CheckUrl("token.url", token.url());
  } else if (provider.issuer().empty() && CallsTokenEndpoint(provider)) {
    inspector->Problem("token.url", "is required without `issuer`");
  }
  inspector->CheckHeaders("token.headers", token.headers(), {"client_id"});
  CheckReply("token.reply", token.reply(), inspector);
  CheckClientAuthentication(inspector);
  CheckRedemption(inspector);
  if (provider.has_post_exchange()) {
    CheckTokenRequest("post_exchange", provider.post_exchange(),
                      {"client_id", "client_secret", "access_token", "refresh_token", "kept"},
                      inspector);
  }
}

}  // namespace evertoken
