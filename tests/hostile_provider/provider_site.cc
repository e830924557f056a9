#include "tests/hostile_provider/provider_site.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/json_text.h"

namespace evertoken::hostile {
namespace {

using demo::Form;
using demo::ValueOf;

constexpr size_t kLongestUser = 100;

// A request that meets a trouble: `request` gets it and the time when it has its effect.
template <typename Request>
Passage Meeting(Trouble trouble, Request request) {
  const absl::Duration delay = trouble.delay_before;
  return {delay, [trouble = std::move(trouble), request = std::move(request)](absl::Time now) {
            return request(now, trouble);
          }};
}

Passage AtOnce(ProviderReply reply) {
  return {absl::ZeroDuration(), [reply = std::move(reply)](absl::Time) { return reply; }};
}

ProviderReply Error(int status, absl::string_view error, absl::string_view description = "") {
  const std::string more =
      description.empty() ? "" : absl::StrCat(",\"error_description\":", JsonQuote(description));
  return JsonProviderReply(status, absl::StrCat("{\"error\":", JsonQuote(error), more, "}"));
}

ProviderReply WrongClient() {
  ProviderReply reply = Error(401, "invalid_client");
  reply.headers.emplace_back("www-authenticate", "Basic realm=\"hostile\"");
  return reply;
}

bool IsGraphic(char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); }

// What keeps a request from being answered by a redirect; empty: nothing.
std::string WhyNotRedirected(const Form& query, const std::string& client_id) {
  const std::string uri = ValueOf(query, "redirect_uri");
  if (ValueOf(query, "client_id") != client_id) return "client_id is not the registered one";
  const bool is_url = absl::StartsWith(uri, "http://") || absl::StartsWith(uri, "https://");
  if (!is_url || !std::all_of(uri.begin(), uri.end(), IsGraphic))
    return "redirect_uri must be an http or https URL";
  return "";
}

std::string AuthorizationError(const Form& query) {
  if (ValueOf(query, "response_type") != "code") return "unsupported_response_type";
  const std::string method = ValueOf(query, "code_challenge_method");
  if (!ValueOf(query, "code_challenge").empty() && method != "S256") return "invalid_request";
  return ValueOf(query, "login_hint").size() > kLongestUser ? "invalid_request" : "";
}

}  // namespace

ProviderSite::ProviderSite(HostileProvider* engine, std::string client_secret)
    : engine_(engine), client_secret_(std::move(client_secret)) {}

Passage ProviderSite::Handle(const ProviderRequest& request, absl::Time now) {
  const std::string& path = request.path;
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (post && path == "/token") return Token(request);
  if (post && path == "/revoke") return Revoke(request);
  if ((get || post) && path == "/userinfo") return UserInfo(request);
  if (get && path == "/authorize") return AtOnce(Authorize(request.query, now));
  if (get && path == "/jwks") {
    return Meeting(
        engine_->NextTrouble(Endpoint::kKeys, ""),
        [this](absl::Time then, const Trouble& trouble) { return engine_->KeySet(then, trouble); });
  }
  if (get && path == "/.well-known/openid-configuration") {
    return Meeting(engine_->NextTrouble(Endpoint::kDiscovery, ""), [this](absl::Time then,
                                                                          const Trouble& trouble) {
      return engine_->Document(Endpoint::kDiscovery, DiscoveryDocument(), then, trouble);
    });
  }
  return AtOnce(Error(404, "not_found", "there is no such path, or not for this method"));
}

ProviderReply ProviderSite::Authorize(const Form& query, absl::Time now) {
  const HostileProvider::Settings& settings = engine_->settings();
  if (const std::string why = WhyNotRedirected(query, settings.client_id); !why.empty())
    return Error(400, "invalid_request", why);
  Form answer = {{"state", ValueOf(query, "state")}, {"iss", settings.issuer}};
  std::string error = AuthorizationError(query);
  if (error.empty()) error = login_rules_.error;
  if (error.empty()) {
    HostileProvider::Consent consent;
    consent.policy = login_rules_.policy;
    if (const std::string hint = ValueOf(query, "login_hint"); !hint.empty()) consent.user = hint;
    consent.redirect_uri = ValueOf(query, "redirect_uri");
    consent.nonce = ValueOf(query, "nonce");
    consent.code_challenge = ValueOf(query, "code_challenge");
    const absl::StatusOr<std::string> code = engine_->NewCode(std::move(consent), now);
    if (!code.ok()) error = "temporarily_unavailable";
    if (code.ok()) answer["code"] = *code;
  }
  if (!error.empty()) answer["error"] = error;
  ProviderReply reply;
  reply.status = 303;
  reply.headers = {{"location", demo::AppendQuery(ValueOf(query, "redirect_uri"), answer)}};
  return reply;
}

Passage ProviderSite::Token(const ProviderRequest& request) {
  const Form form = demo::ParseForm(request.body);
  if (!IsClient(request, form)) return AtOnce(WrongClient());
  const std::string grant_type = ValueOf(form, "grant_type");
  if (grant_type == "refresh_token") {
    const std::string token = ValueOf(form, "refresh_token");
    return Meeting(engine_->NextTrouble(Endpoint::kToken, token),
                   [this, token](absl::Time now, const Trouble& trouble) {
                     return engine_->Present(token, now, trouble);
                   });
  }
  if (grant_type == "authorization_code") {
    return Meeting(engine_->NextTrouble(Endpoint::kToken, ""),
                   [this, form](absl::Time now, const Trouble& trouble) {
                     return engine_->Redeem(ValueOf(form, "code"), ValueOf(form, "redirect_uri"),
                                            ValueOf(form, "code_verifier"), now, trouble);
                   });
  }
  return AtOnce(Error(400, "unsupported_grant_type"));
}

Passage ProviderSite::Revoke(const ProviderRequest& request) {
  const Form form = demo::ParseForm(request.body);
  if (!IsClient(request, form)) return AtOnce(WrongClient());
  const std::string token = ValueOf(form, "token");
  return Meeting(engine_->NextTrouble(Endpoint::kRevoke, token),
                 [this, token](absl::Time now, const Trouble& trouble) {
                   return engine_->Revoke(token, now, trouble);
                 });
}

Passage ProviderSite::UserInfo(const ProviderRequest& request) {
  constexpr absl::string_view kScheme = "Bearer ";
  const bool bearer = absl::StartsWithIgnoreCase(request.authorization, kScheme);
  const std::string token = bearer ? request.authorization.substr(kScheme.size()) : "";
  return Meeting(engine_->NextTrouble(Endpoint::kUserInfo, token),
                 [this, token](absl::Time now, const Trouble& trouble) {
                   return engine_->UserInfo(token, now, trouble);
                 });
}

bool ProviderSite::IsClient(const ProviderRequest& request, const Form& form) const {
  std::string id = ValueOf(form, "client_id");
  std::string secret = ValueOf(form, "client_secret");
  if (absl::StartsWithIgnoreCase(request.authorization, "Basic ")) {
    std::string credentials;
    if (!absl::Base64Unescape(absl::string_view(request.authorization).substr(6), &credentials))
      return false;
    // RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(credentials, absl::MaxSplits(':', 1));
    id = demo::PercentDecode(halves.first);
    secret = demo::PercentDecode(halves.second);
  }
  return id == engine_->settings().client_id && secret == client_secret_;
}

std::string ProviderSite::DiscoveryDocument() const {
  const std::string& issuer = engine_->settings().issuer;
  const auto endpoint = [&issuer](absl::string_view name, absl::string_view path) {
    return absl::StrCat(",\"", name, "\":", JsonQuote(absl::StrCat(issuer, path)));
  };
  return absl::StrCat(
      "{\"issuer\":", JsonQuote(issuer), endpoint("authorization_endpoint", "/authorize"),
      endpoint("token_endpoint", "/token"), endpoint("userinfo_endpoint", "/userinfo"),
      endpoint("jwks_uri", "/jwks"), endpoint("revocation_endpoint", "/revoke"),
      R"(,"response_types_supported":["code"],"grant_types_supported":["authorization_code",)"
      R"("refresh_token"],"subject_types_supported":["public"],)"
      R"("id_token_signing_alg_values_supported":[")",
      engine_->algorithm_name(),
      R"("],"code_challenge_methods_supported":["S256"],)"
      R"("token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],)"
      R"("authorization_response_iss_parameter_supported":true})");
}

}  // namespace evertoken::hostile
