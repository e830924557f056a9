#include "server/cases/case_requests.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/cases/case_key.h"
#include "server/cases/case_nodes.h"
#include "server/cases/url_secrets.h"
#include "server/provider/form_encoding.h"
#include "server/provider/json_document.h"
#include "server/provider/jws.h"

namespace evertoken {
namespace {

using config::v1::Provider;

std::string QueryOf(const std::string& url) {
  const size_t at = url.find('?');
  return at == std::string::npos ? "" : url.substr(at + 1);
}

// A client secret that is a JWT, by the key that the case's client has for a secret.
void CheckJwt(const YamlNode& expected, const std::string& body, absl::Time now,
              CaseFailures* failures) {
  const std::optional<FormFields> fields = DecodeForm(body);
  std::string compact;
  for (const auto& [name, value] : fields.value_or(FormFields())) {
    if (name == Member(expected, "parameter").text) compact = value;
  }
  const std::optional<ParsedJws> jws = ParseJws(compact);
  if (!jws.has_value()) return failures->Add("jwt: there is none");
  if (!IsSignedBy(compact, CaseKey::Get().public_jwk())) failures->Add("jwt: wrong signature");
  failures->Same("jwt key_id", jws->key_id, Member(expected, "key_id").text);
  const std::shared_ptr<const JsonDocument> claims = JsonDocument::Parse(jws->payload);
  if (claims == nullptr) return failures->Add("jwt: its claims are not JSON");
  for (const auto& [name, value] : TextsOf(Member(expected, "claims"))) {
    failures->Same(absl::StrCat("jwt ", name),
                   claims->root().At(absl::StrCat("/", name)).Text().value_or(""), value);
  }
  const absl::Time end =
      absl::UnixEpoch() + absl::Seconds(claims->root().At("/exp").Number().value_or(0));
  failures->Same("jwt life", absl::FormatDuration(end - now),
                 absl::FormatDuration(failures->Duration(Member(expected, "life"))));
}

void CheckRequest(const YamlNode& expected, const HttpRequest& request, absl::Time now,
                  CaseFailures* failures) {
  failures->Same("method", request.method, Member(expected, "method").text);
  const YamlNode& form = Member(expected, "form");
  if (!form.members.empty()) failures->Fields("form", request.body, form);
  failures->Fields("query", QueryOf(request.url), Member(expected, "query"));
  for (const auto& [name, value] : TextsOf(Member(expected, "headers"))) {
    std::string is;
    for (const auto& [key, text] : request.headers) {
      if (absl::EqualsIgnoreCase(key, name)) is = text;
    }
    failures->Same(absl::StrCat("header ", name), is, value);
  }
  const std::string& body = Member(expected, "body").text;
  if (!body.empty()) failures->Same("body", request.body, body);
  const YamlNode& jwt = Member(expected, "jwt");
  if (!jwt.members.empty()) CheckJwt(jwt, request.body, now, failures);
}

// All that was sent is listed, in the order in which each URL was asked. What `always` answers need not be.
void CheckListed(const ProviderCase& played, const ScriptedProvider& provider, absl::Time now,
                 CaseFailures* failures) {
  std::map<std::string, std::vector<const YamlNode*>> listed;
  for (const YamlNode& node : Member(played.expect, "requests").items)
    listed[Member(node, "url").text].push_back(&node);
  for (const auto& [url, expected] : listed) {
    const std::vector<HttpRequest> sent = provider.Requests(url);
    if (sent.size() != expected.size()) {
      failures->Add(
          absl::StrCat(sent.size(), " requests in place of ", expected.size(), " to ", url));
      continue;
    }
    for (size_t i = 0; i < sent.size(); ++i) CheckRequest(*expected[i], sent[i], now, failures);
  }
  for (const HttpRequest& request : provider.Requests()) {
    const std::string url = request.url.substr(0, request.url.find('?'));
    if (listed.count(url) == 0 && !provider.IsAlwaysAnswered(url))
      failures->Add(absl::StrCat("a request is not listed: ", request.method, " ", url));
  }
}

}  // namespace

void CheckRequests(const ProviderCase& played, const Provider& entry,
                   const ScriptedProvider& provider, absl::Time now, CaseFailures* failures) {
  for (const std::string& failure : provider.Failures()) failures->Add(failure);
  for (const HttpRequest& request : provider.Requests()) {
    if (HoldsStraySecret(played, entry, request.url))
      failures->Add(absl::StrCat("a URL holds a secret: ", request.url));
  }
  if (Member(played.expect, "requests").kind == YamlNode::Kind::kList)
    CheckListed(played, provider, now, failures);
}

}  // namespace evertoken
