#include "server/provider/check_tokens.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

using config::v1::Provider;

void CheckReply(const std::string& path, const Provider::TokenReply& reply,
                EntryInspector* inspector) {
  inspector->CheckPointer(path + ".access_token", reply.access_token());
  inspector->CheckPointer(path + ".refresh_token", reply.refresh_token());
  inspector->CheckPointer(path + ".expires_in", reply.expires_in());
  inspector->CheckPointer(path + ".refresh_expires_in", reply.refresh_expires_in());
  inspector->CheckPointer(path + ".scope", reply.scope());
  inspector->CheckPointer(path + ".id_token", reply.id_token());
  inspector->CheckPointer(path + ".expires_at", reply.expires_at());
  for (int i = 0; i < reply.roots_size(); ++i)
    inspector->CheckPointer(ElementPath(path + ".roots", static_cast<size_t>(i)), reply.roots(i));
  for (const auto& [name, pointer] : reply.keep()) {
    inspector->CheckPointer(MemberPath(path + ".keep", name), pointer);
  }
}

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
}

}  // namespace

void CheckAuthorization(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const Provider::Authorization& authorization = provider.authorization();
  if (!authorization.url().empty()) {
    inspector->CheckUrl("authorization.url", authorization.url());
  } else if (provider.issuer().empty()) {
    inspector->Problem("authorization.url", "is required without `issuer`");
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
  if (!provider.token().url().empty()) {
    inspector->CheckUrl("token.url", provider.token().url());
  } else if (provider.issuer().empty()) {
    inspector->Problem("token.url", "is required without `issuer`");
  }
  inspector->CheckHeaders("token.headers", provider.token().headers(), {"client_id"});
  CheckReply("token.reply", provider.token().reply(), inspector);
  CheckClientAuthentication(inspector);
  if (provider.has_post_exchange())
    CheckTokenRequest("post_exchange", provider.post_exchange(), inspector);
}

void CheckTokenRequest(const std::string& path, const Provider::TokenRequest& request,
                       EntryInspector* inspector) {
  if (request.url().empty()) {
    inspector->Problem(path + ".url", "is required");
  } else {
    inspector->CheckUrl(path + ".url", request.url(), {"client_id", "kept"});
  }
  // What may not stand in a URL may not be sent with GET: URLs end up in logs and caches on the way.
  std::set<std::string> allowed = {"client_id", "access_token", "kept"};
  if (request.method() == "POST") {
    allowed.insert({"client_secret", "refresh_token"});
  } else if (request.method() != "GET") {
    inspector->Problem(path + ".method", "must be GET or POST");
  }
  inspector->CheckParameters(path + ".parameters", request.parameters(), allowed, {});
  CheckReply(path + ".reply", request.reply(), inspector);
}

}  // namespace evertoken
