#include "server/provider/cases/case_verdict.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/config/duration_text.h"
#include "server/provider/form_encoding.h"

namespace evertoken {
namespace {

using config::v1::Provider;

// Whether the entry says that a secret, or with GET an access token, stands in this URL.
bool MayHoldSecret(const Provider& entry, const std::string& url) {
  for (const Provider::TokenRequest* request :
       {&entry.token().code_request(), &entry.post_exchange(), &entry.renewal().request(),
        &entry.revocation().request(), &entry.introspection().request()}) {
    const std::string begin = request->url().substr(0, request->url().find('{'));
    const bool says_so = request->secrets_in_url() || request->method() == "GET";
    if (says_so && !begin.empty() && absl::StartsWith(url, begin)) return true;
  }
  for (const Provider::ProfileCall& call : entry.profile_calls()) {
    if (absl::StrContains(call.ShortDebugString(), "{access_token}") &&
        absl::StartsWith(url, call.url().substr(0, call.url().find('{'))))
      return true;
  }
  return false;
}

std::string QueryOf(const std::string& url) {
  const size_t at = url.find('?');
  return at == std::string::npos ? "" : url.substr(at + 1);
}

}  // namespace

std::optional<absl::Duration> CaseDuration(const YamlNode& node) {
  return ParseDurationText(node.text);
}

absl::Duration CaseVerdict::DurationOf(const YamlNode& node) {
  const std::optional<absl::Duration> duration = CaseDuration(node);
  if (!duration.has_value()) Fail(absl::StrCat("line ", node.line, ": is no duration"));
  return duration.value_or(absl::ZeroDuration());
}

void CaseVerdict::Same(const std::string& what, const std::string& is,
                       const std::string& expected) {
  if (is != expected) Fail(absl::StrCat(what, " is `", is, "`, not `", expected, "`"));
}

bool CaseVerdict::CheckStatus(const absl::Status& status) {
  const std::string& error = Member(played_->expect, "error").text;
  Same("error", status.ok() ? "" : ReasonName(ReasonOf(status)), error);
  if (!status.ok() && error.empty()) Fail(std::string(status.message()));
  const YamlNode& wait = Member(played_->expect, "retry_after");
  if (!wait.text.empty()) {
    const absl::Duration is = RetryAfterOf(status).value_or(absl::ZeroDuration());
    Same("retry_after", absl::FormatDuration(is), absl::FormatDuration(DurationOf(wait)));
  }
  return status.ok() && error.empty();
}

void CaseVerdict::CheckAuthorization(const absl::StatusOr<AuthorizationRedirect>& redirect) {
  if (!CheckStatus(redirect.status())) return;
  const YamlNode& expected = Member(played_->expect, "authorization");
  Same("authorization.url", redirect->url.substr(0, redirect->url.find('?')),
       Member(expected, "url").text);
  std::string query = QueryOf(redirect->url);
  CheckFields(expected, "query", query.substr(0, query.find('#')));
}

void CaseVerdict::CheckTokens(const absl::StatusOr<storage::v1::ProviderTokens>& tokens) {
  if (!CheckStatus(tokens.status())) return;
  const YamlNode& expected = Member(played_->expect, "tokens");
  Same("access_token", tokens->access_token(), Member(expected, "access_token").text);
  Same("refresh_token", tokens->refresh_token(), Member(expected, "refresh_token").text);
  Same("redirect_uri", tokens->redirect_uri(), Member(expected, "redirect_uri").text);
  CheckEnd("access_left", tokens->has_access_expire_time(), tokens->access_expire_time());
  CheckEnd("refresh_left", tokens->has_refresh_expire_time(), tokens->refresh_expire_time());
  std::vector<std::string> scopes;
  for (const YamlNode& scope : Member(expected, "scopes").items) scopes.push_back(scope.text);
  Same("scopes", absl::StrJoin(tokens->scopes(), " "), absl::StrJoin(scopes, " "));
  for (const auto& [name, value] : TextsOf(Member(expected, "kept"))) {
    const auto kept = tokens->kept().find(name);
    Same(absl::StrCat("kept.", name), kept == tokens->kept().end() ? "" : kept->second, value);
  }
}

void CaseVerdict::CheckEnd(const std::string& name, bool has,
                           const google::protobuf::Timestamp& end) {
  const YamlNode& left = Member(Member(played_->expect, "tokens"), name);
  const std::string is = has ? absl::FormatDuration(FromTimestamp(end) - now_) : "unknown";
  Same(name, is, left.text.empty() ? "unknown" : absl::FormatDuration(DurationOf(left)));
}

void CaseVerdict::CheckProfile(const ProfileResult& result) {
  Same("access_token_rejected", result.access_token_rejected ? "true" : "false",
       Member(played_->expect, "access_token_rejected").text == "true" ? "true" : "false");
  if (!CheckStatus(result.status)) return;
  v1::Profile profile = result.profile;
  Same("profile.provider", profile.provider(), played_->provider);
  profile.clear_provider();
  profile.clear_fetch_time();
  profile.clear_fields();
  v1::Profile expected;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      Member(played_->expect, "profile").text, &expected);
  if (!parsed.ok()) return Fail(absl::StrCat("expect.profile: ", parsed.ToString()));
  google::protobuf::util::MessageDifferencer differencer;
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  if (!differencer.Compare(expected, profile)) Fail(absl::StrCat("profile: ", differences));
}

void CaseVerdict::CheckRevoked(const absl::StatusOr<bool>& revoked) {
  if (!CheckStatus(revoked.status())) return;
  Same("revoked", *revoked ? "true" : "false", Member(played_->expect, "revoked").text);
}

void CaseVerdict::CheckRequests(const Provider& entry, const ScriptedProvider& provider) {
  for (const std::string& failure : provider.Failures()) Fail(failure);
  for (const HttpRequest& request : provider.Requests()) {
    if (MayHoldSecret(entry, request.url)) continue;
    for (const char* secret :
         {"case-secret", "case-code", "case-verifier", "refresh-", "access-"}) {
      if (absl::StrContains(request.url, secret))
        Fail(absl::StrCat("a URL holds a secret: ", request.url));
    }
  }
  for (const YamlNode& node : Member(played_->expect, "requests").items)
    CheckRequest(node, provider.Requests(Member(node, "url").text));
}

void CaseVerdict::CheckRequest(const YamlNode& expected, const std::vector<HttpRequest>& sent) {
  const std::string& url = Member(expected, "url").text;
  if (sent.size() != 1)
    return Fail(absl::StrCat(sent.size(), " requests in place of one to ", url));
  const HttpRequest& request = sent[0];
  Same("method", request.method, Member(expected, "method").text);
  if (!Member(expected, "form").members.empty()) CheckFields(expected, "form", request.body);
  CheckFields(expected, "query", QueryOf(request.url));
  for (const auto& [name, value] : TextsOf(Member(expected, "headers"))) {
    std::string is;
    for (const auto& [key, text] : request.headers) {
      if (absl::EqualsIgnoreCase(key, name)) is = text;
    }
    Same(absl::StrCat("header ", name), is, value);
  }
  const std::string& body = Member(expected, "body").text;
  if (!body.empty()) Same("body", request.body, body);
}

void CaseVerdict::CheckFields(const YamlNode& expected, const std::string& what,
                              const std::string& form) {
  const std::optional<FormFields> fields = DecodeForm(form);
  if (!fields.has_value()) return Fail(absl::StrCat(what, " is not a form: ", form));
  const std::map<std::string, std::string> sent(fields->begin(), fields->end());
  if (sent.size() != fields->size()) Fail(absl::StrCat(what, " sends a parameter twice"));
  for (const auto& [name, value] : TextsOf(Member(expected, what))) {
    const auto field = sent.find(name);
    if (field == sent.end()) {
      Fail(absl::StrCat(what, " lacks ", name));
    } else {
      Same(absl::StrCat(what, ".", name), field->second, value);
    }
  }
}

}  // namespace evertoken
