#include "server/cases/case_verdict.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/proto_time.h"
#include "server/provider/pkce.h"

namespace evertoken {
namespace {

// A renewal may be due so much of its wait earlier, by chance.
constexpr double kRenewalJitter = 0.05;

struct RedirectUrl {
  std::string url, query, fragment;
};

RedirectUrl TakeApart(const std::string& url) {
  const size_t hash = url.find('#');
  const std::string bare = url.substr(0, hash);
  const size_t mark = bare.find('?');
  return {bare.substr(0, mark), mark == std::string::npos ? "" : bare.substr(mark + 1),
          hash == std::string::npos ? "" : url.substr(hash + 1)};
}

}  // namespace

bool CaseVerdict::CheckStatus(const absl::Status& status) {
  const std::string& error = Expected("error").text;
  failures_->Same("error", status.ok() ? "" : ReasonName(ReasonOf(status)), error);
  if (!status.ok() && error.empty()) failures_->Add(std::string(status.message()));
  const std::string& says = Expected("says").text;
  if (!absl::StrContains(status.message(), says))
    failures_->Add(absl::StrCat("the error says `", status.message(), "`, not `", says, "`"));
  const YamlNode& wait = Expected("retry_after");
  if (!wait.text.empty()) {
    const absl::Duration is = RetryAfterOf(status).value_or(absl::ZeroDuration());
    failures_->Same("retry_after", absl::FormatDuration(is),
                    absl::FormatDuration(failures_->Duration(wait)));
  }
  return status.ok() && error.empty();
}

void CaseVerdict::CheckAuthorization(const absl::StatusOr<AuthorizationRedirect>& redirect) {
  if (!CheckStatus(redirect.status())) return;
  const YamlNode& expected = Expected("authorization");
  const RedirectUrl sent = TakeApart(redirect->url);
  failures_->Same("authorization.url", sent.url, Member(expected, "url").text);
  failures_->Same("authorization.fragment", sent.fragment, Member(expected, "fragment").text);
  // Fresh each time: they must be what is remembered for the callback.
  std::map<std::string, std::string> fresh;
  if (!redirect->nonce.empty()) fresh["nonce"] = redirect->nonce.Reveal();
  if (!redirect->code_verifier.empty())
    fresh["code_challenge"] = CodeChallenge(redirect->code_verifier);
  YamlNode query = Member(expected, "query");
  for (YamlMember& member : query.members) {
    const bool any = member.value.text == "*";
    if (any && fresh.count(member.key) != 0) member.value.text = fresh[member.key];
  }
  const std::map<std::string, std::string> known = TextsOf(query);
  for (const auto& [name, value] : failures_->Fields("query", sent.query, query)) {
    if (known.count(name) == 0)
      failures_->Add(absl::StrCat("query has ", name, "=", value, " besides"));
  }
}

void CaseVerdict::CheckTokens(const absl::StatusOr<storage::v1::ProviderTokens>& tokens) {
  if (!CheckStatus(tokens.status())) return;
  const YamlNode& expected = Expected("tokens");
  CheckPair(expected, *tokens);
  const YamlNode& secondary = Member(expected, "secondary");
  for (const auto& [name, pair] : tokens->secondary()) {
    if (Member(secondary, name).members.empty())
      failures_->Add(absl::StrCat("there are secondary tokens ", name, " besides"));
  }
  for (const auto& [name, pair] : secondary.members) {
    const auto found = tokens->secondary().find(name);
    if (found == tokens->secondary().end()) {
      failures_->Add(absl::StrCat("there are no secondary tokens ", name));
    } else {
      CheckPair(pair, found->second);
    }
  }
}

void CaseVerdict::CheckPair(const YamlNode& expected, const storage::v1::ProviderTokens& tokens) {
  failures_->Same("access_token", tokens.access_token(), Member(expected, "access_token").text);
  failures_->Same("refresh_token", tokens.refresh_token(), Member(expected, "refresh_token").text);
  failures_->Same("redirect_uri", tokens.redirect_uri(), Member(expected, "redirect_uri").text);
  failures_->Same("chain", tokens.chain(), Member(expected, "chain").text);
  const std::string& id_token = Member(expected, "id_token").text;
  if (!id_token.empty()) failures_->Same("id_token", tokens.id_token(), id_token);
  CheckEnd(expected, "access_left", tokens.has_access_expire_time(), tokens.access_expire_time());
  CheckEnd(expected, "refresh_left", tokens.has_refresh_expire_time(),
           tokens.refresh_expire_time());
  CheckEnd(expected, "cap_left", tokens.has_refresh_cap_time(), tokens.refresh_cap_time());
  CheckScopes(expected, tokens);
  for (const auto& [name, value] : TextsOf(Member(expected, "kept"))) {
    const auto kept = tokens.kept().find(name);
    failures_->Same(absl::StrCat("kept.", name), kept == tokens.kept().end() ? "" : kept->second,
                    value);
  }
}

void CaseVerdict::CheckEnd(const YamlNode& expected, const std::string& name, bool has,
                           const google::protobuf::Timestamp& end) {
  const YamlNode& left = Member(expected, name);
  const std::string is = has ? absl::FormatDuration(FromTimestamp(end) - now_) : "unknown";
  failures_->Same(name, is,
                  left.text.empty() ? "unknown" : absl::FormatDuration(failures_->Duration(left)));
}

void CaseVerdict::CheckScopes(const YamlNode& expected, const storage::v1::ProviderTokens& tokens) {
  std::vector<std::string> scopes;
  for (const YamlNode& scope : Member(expected, "scopes").items) scopes.push_back(scope.text);
  failures_->Same("scopes", absl::StrJoin(tokens.scopes(), " "), absl::StrJoin(scopes, " "));
}

void CaseVerdict::CheckProfile(const ProfileResult& result) {
  failures_->SameTruth("access_token_rejected", result.access_token_rejected,
                       Expected("access_token_rejected"));
  if (!CheckStatus(result.status)) return;
  v1::Profile profile = result.profile;
  failures_->Same("profile.provider", profile.provider(), played_->provider);
  profile.clear_provider();
  profile.clear_fetch_time();
  profile.clear_fields();
  v1::Profile expected;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(Expected("profile").text, &expected);
  if (!parsed.ok()) return failures_->Add(absl::StrCat("expect.profile: ", parsed.ToString()));
  google::protobuf::util::MessageDifferencer differencer;
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  if (!differencer.Compare(expected, profile))
    failures_->Add(absl::StrCat("profile: ", differences));
}

void CaseVerdict::CheckIntrospection(const IntrospectionResult& result) {
  failures_->SameTruth("access_token_rejected", result.access_token_rejected,
                       Expected("access_token_rejected"));
  if (!CheckStatus(result.status)) return;
  const YamlNode& expected = Expected("introspection");
  failures_->Same("client_id", result.client_id, Member(expected, "client_id").text);
  failures_->Same("subject", result.subject, Member(expected, "subject").text);
  CheckEnd(expected, "access_left", result.told.has_access_expire_time(),
           result.told.access_expire_time());
  CheckScopes(expected, result.told);
}

void CaseVerdict::CheckClaims(const absl::StatusOr<IdTokenClaims>& claims) {
  if (!CheckStatus(claims.status())) return;
  const YamlNode& expected = Expected("claims");
  failures_->Same("subject", claims->subject, Member(expected, "subject").text);
  failures_->Same("client_id", claims->client_id, Member(expected, "client_id").text);
}

void CaseVerdict::CheckRevoked(const absl::StatusOr<bool>& revoked) {
  if (!CheckStatus(revoked.status())) return;
  failures_->Same("revoked", *revoked ? "true" : "false", Expected("revoked").text);
}

void CaseVerdict::CheckKeeping(const Keeping& keeping, absl::Time start) {
  CheckDue("renewal", keeping.renewal, start, kRenewalJitter);
  CheckDue("look", keeping.look, start, 0);
  const YamlNode& expected = Expected("keeping");
  const std::string& refusal = Member(expected, "refusal").text;
  if (!refusal.empty()) {
    failures_->Same("refusal", keeping.refusal_ends ? "GRANT_REVOKED" : "REFRESH_AMBIGUOUS",
                    refusal);
  }
  CheckLimits(keeping.limits, Member(expected, "limits"));
}

void CaseVerdict::CheckDue(const std::string& name, const std::optional<absl::Time>& due,
                           absl::Time start, double jitter) {
  const YamlNode& node = Member(Expected("keeping"), name.c_str());
  if (node.text.empty()) return;
  const std::string is = due.has_value() ? absl::FormatDuration(*due - now_) : "never";
  if (!due.has_value() || node.text == "never") return failures_->Same(name, is, node.text);
  const absl::Time expected = now_ + failures_->Duration(node);
  if (*due > expected || *due < expected - jitter * (expected - start))
    failures_->Same(name, is, node.text);
}

void CaseVerdict::CheckLimits(const CallLimits& limits, const YamlNode& expected) {
  const std::map<std::string, std::string> is = {
      {"calls_per_second", absl::StrCat(limits.per_second)},
      {"burst", absl::StrCat(limits.burst)},
      {"concurrent_calls", absl::StrCat(limits.concurrent)},
      {"profile_limits_per_user", limits.profile_limits_per_user ? "true" : "false"}};
  for (const auto& [name, value] : TextsOf(expected)) {
    const auto found = is.find(name);
    failures_->Same(absl::StrCat("limits.", name), found == is.end() ? "" : found->second, value);
  }
}

}  // namespace evertoken
