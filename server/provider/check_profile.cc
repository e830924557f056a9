#include "server/provider/check_profile.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/provider/profile_documents.h"
#include "server/provider/url_template.h"

namespace evertoken {
namespace {

using config::v1::Provider;

constexpr int kMostCalls = 8;

bool IsCallName(absl::string_view name) {
  return IsShortName(name) && name != kIdTokenSource && name != kKeptSource;
}

// `allowed`: placeholders.
void CheckAddress(const std::string& path, bool first, const Provider::ProfileCall& call,
                  const std::set<std::string>& allowed, EntryInspector* inspector) {
  if (!call.url().empty()) {
    inspector->CheckUrl(path + ".url", call.url(), allowed);
  } else if (!first || inspector->provider().issuer().empty()) {
    inspector->Problem(path + ".url", "is required, but for the first call with `issuer`");
  }
  const std::set<std::string> reserved = {call.appsecret_proof_parameter(),
                                          call.md5_signature_parameter()};
  inspector->CheckParameters(path + ".query", call.query(), allowed, reserved);
  inspector->CheckHeaders(path + ".headers", call.headers(), allowed);
  for (const std::string& parameter : reserved) {
    if (!parameter.empty()) inspector->CheckParameterName(path, parameter);
  }
}

void CheckBody(const std::string& path, const Provider::ProfileCall& call,
               const std::set<std::string>& allowed, EntryInspector* inspector) {
  if (!call.method().empty() && call.method() != "GET" && call.method() != "POST")
    inspector->Problem(path + ".method", "must be GET or POST");
  if (!call.form().empty() && call.method() != "POST")
    inspector->Problem(path + ".form", "needs `method: POST`");
  inspector->CheckParameters(path + ".form", call.form(), allowed, {});
}

// `kept`: the placeholders of what earlier calls keep; those of this call are added.
void CheckCall(const std::string& path, bool first, const Provider::ProfileCall& call,
               std::set<std::string>* kept, EntryInspector* inspector) {
  if (!IsCallName(call.name()))
    inspector->Problem(path + ".name", "must be 1 to 20 of [a-z0-9_], and not id_token or kept");
  std::set<std::string> allowed = *kept;
  allowed.insert({"client_id", "access_token", "kept"});
  CheckAddress(path, first, call, allowed, inspector);
  CheckBody(path, call, allowed, inspector);
  for (int i = 0; i < call.when_scopes_size(); ++i) {
    inspector->CheckScope(ElementPath(path + ".when_scopes", static_cast<size_t>(i)),
                          call.when_scopes(i));
  }
  for (const auto& [name, pointer] : call.keep()) {
    const std::string at = MemberPath(path + ".keep", name);
    const std::string placeholder = absl::StrCat("kept:", name);
    if (!PlaceholdersOf(absl::StrCat("{", placeholder, "}")).ok())
      inspector->Problem(at, "a kept value's name must be of [a-z0-9_-]");
    inspector->CheckPointer(at, pointer);
    kept->insert(placeholder);
  }
}

void CheckStatuses(const std::string& path, const Provider::ErrorRule& rule,
                   EntryInspector* inspector) {
  const bool terminal = rule.outcome() == Provider::ErrorRule::OUTCOME_REVOKED ||
                        rule.outcome() == Provider::ErrorRule::OUTCOME_EXPIRED;
  for (int i = 0; i < rule.status_size(); ++i) {
    const std::string at = ElementPath(path + ".status", static_cast<size_t>(i));
    const int status = rule.status(i);
    if (status < 100 || status > 599) inspector->Problem(at, "is not an HTTP status");
    if (terminal && (status == 429 || status >= 500)) {
      inspector->Problem(at, "cannot prove that a grant is dead: 429 and 5xx pass");
    }
  }
}

void CheckRule(const std::string& path, const Provider::ErrorRule& rule,
               EntryInspector* inspector) {
  if (rule.outcome() == Provider::ErrorRule::OUTCOME_UNSPECIFIED)
    inspector->Problem(path + ".outcome", "is required");
  if (rule.status().empty() && rule.body().empty())
    inspector->Problem(path, "needs `status` or `body`");
  CheckStatuses(path, rule, inspector);
  for (const auto& [pointer, values] : rule.body()) {
    const std::string at = MemberPath(path + ".body", pointer);
    inspector->CheckPointer(at, pointer);
    const int ways =
        !values.any_of().empty() + !values.contains().empty() + !values.none_of().empty();
    if (ways != 1)
      inspector->Problem(at, "needs values, or `contains`, or `none_of`, and one of them alone");
  }
  const bool rejects = rule.outcome() == Provider::ErrorRule::OUTCOME_ACCESS_TOKEN_REJECTED;
  if (rejects && rule.where() != Provider::ErrorRule::WHERE_PROFILE) {
    inspector->Problem(path + ".where", "must be `profile` for access_token_rejected");
  }
}

}  // namespace

void CheckProfileCalls(EntryInspector* inspector) {
  const Provider& provider = inspector->provider();
  const auto& calls = provider.profile_calls();
  const bool asks_for_life =
      provider.renewal().kind() == Provider::Renewal::KIND_LIVENESS_CHECK ||
      provider.renewal().without_refresh_token() == Provider::Renewal::KIND_LIVENESS_CHECK;
  if (calls.empty() && (provider.issuer().empty() || asks_for_life)) {
    inspector->Problem("profile_calls",
                       "at least one is required without `issuer`, or with liveness_check");
  }
  if (calls.size() > kMostCalls)
    inspector->Problem("profile_calls", absl::StrCat("more than ", kMostCalls));
  std::set<std::string> names;
  std::set<std::string> kept;
  for (int i = 0; i < calls.size(); ++i) {
    const std::string path = ElementPath("profile_calls", static_cast<size_t>(i));
    CheckCall(path, i == 0, calls[i], &kept, inspector);
    if (!names.insert(calls[i].name()).second)
      inspector->Problem(path + ".name", "is the name of an earlier call");
  }
}

void CheckErrorRules(EntryInspector* inspector) {
  const auto& rules = inspector->provider().errors();
  for (int i = 0; i < rules.size(); ++i)
    CheckRule(ElementPath("errors", static_cast<size_t>(i)), rules[i], inspector);
}

}  // namespace evertoken
