#include "server/provider/check_request.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

using config::v1::Provider;

// What may not stand in a URL, which ends up in logs and caches on the way, unless the entry admits it.
constexpr const char* kSecrets[] = {"client_secret", "refresh_token", "code"};
constexpr char kToken[] = "access_token";

bool Holds(const std::string& text, const std::string& placeholder) {
  return absl::StrContains(text, absl::StrCat("{", placeholder, "}"));
}

bool AnyHolds(const google::protobuf::Map<std::string, std::string>& texts,
              const std::string& placeholder) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const auto& text) { return Holds(text.second, placeholder); });
}

bool WritesQuery(const Provider::TokenRequest& request) {
  return request.method() != "POST" && request.body() != Provider::BODY_JSON;
}

// Whether client authentication would put a secret among the parameters.
bool ProvesByParameter(const Provider& provider, const Provider::TokenRequest& request) {
  const auto kind = provider.client_authentication().kind();
  return request.proof() == Provider::TokenRequest::PROOF_CLIENT &&
         kind != Provider::ClientAuthentication::KIND_BASIC &&
         kind != Provider::ClientAuthentication::KIND_NONE;
}

void CheckSecrets(const std::string& path, const Provider::TokenRequest& request,
                  EntryInspector* inspector) {
  bool any = WritesQuery(request) && ProvesByParameter(inspector->provider(), request);
  if (any && !request.secrets_in_url()) {
    inspector->Problem(path + ".proof",
                       "puts the client secret into the URL; POST, or say `secrets_in_url`");
  }
  const auto judge = [&](const char* secret, bool in_url) {
    any |= in_url;
    if (!in_url || request.secrets_in_url()) return;
    inspector->Problem(path, absl::StrCat("{", secret, "} would stand in the URL; where the ",
                                          "provider knows no other way, say `secrets_in_url`"));
  };
  for (const char* secret : kSecrets) {
    judge(secret, Holds(request.url(), secret) ||
                      (WritesQuery(request) && AnyHolds(request.parameters(), secret)));
  }
  // RFC 6750 section 2.3 knows an access token as a parameter; in a path nobody looks for it.
  judge(kToken, Holds(request.url(), kToken));
  if (request.secrets_in_url() && !any)
    inspector->Problem(path + ".secrets_in_url", "is said of a URL that holds no secret");
}

void CheckMethod(const std::string& path, const Provider::TokenRequest& request,
                 EntryInspector* inspector) {
  const std::string& method = request.method();
  if (method != "GET" && method != "POST" && method != "DELETE")
    inspector->Problem(path + ".method", "must be GET, POST or DELETE");
  if (method == "GET" && request.body() == Provider::BODY_JSON)
    inspector->Problem(path + ".body", "a GET has none");
}

std::set<std::string> ReservedNames(const Provider& provider,
                                    const Provider::TokenRequest& request) {
  if (request.proof() != Provider::TokenRequest::PROOF_CLIENT) return {};
  return {provider.authorization().client_id_parameter(),
          provider.client_authentication().client_secret_parameter()};
}

}  // namespace

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

void CheckTokenRequest(const std::string& path, const Provider::TokenRequest& request,
                       const std::set<std::string>& known, EntryInspector* inspector) {
  if (request.url().empty()) {
    inspector->Problem(path + ".url", "is required");
  } else {
    inspector->CheckUrl(path + ".url", request.url(), known);
  }
  CheckMethod(path, request, inspector);
  inspector->CheckParameters(path + ".parameters", request.parameters(), known,
                             ReservedNames(inspector->provider(), request));
  CheckSecrets(path, request, inspector);
  if (request.proof() == Provider::TokenRequest::PROOF_BEARER && known.count("access_token") == 0)
    inspector->Problem(path + ".proof", "there is no access token yet");
  CheckReply(path + ".reply", request.reply(), inspector);
}

bool Mentions(const Provider::TokenRequest& request, const std::string& placeholder) {
  return Holds(request.url(), placeholder) || AnyHolds(request.parameters(), placeholder);
}

}  // namespace evertoken
