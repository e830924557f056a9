#include "server/provider/check_profile.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/provider/profile_fields.h"

namespace evertoken {
namespace {

using config::v1::Provider;

constexpr int kMostCalls = 8;

bool IsCallName(absl::string_view name) {
  return !name.empty() && name.size() <= 20 && name != kIdTokenSource &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_';
         });
}

void CheckCall(const std::string& path, bool first, const Provider::ProfileCall& call,
               EntryInspector* inspector) {
  if (!IsCallName(call.name()))
    inspector->Problem(path + ".name", "must be 1 to 20 of [a-z0-9_], and not id_token");
  if (!call.url().empty()) {
    inspector->CheckUrl(path + ".url", call.url(), {"client_id", "kept"});
  } else if (!first || inspector->provider().issuer().empty()) {
    inspector->Problem(path + ".url", "is required, but for the first call with `issuer`");
  }
  inspector->CheckParameters(path + ".query", call.query(), {"client_id", "access_token", "kept"},
                             {call.appsecret_proof_parameter()});
  inspector->CheckHeaders(path + ".headers", call.headers(), {"client_id", "access_token", "kept"});
  for (int i = 0; i < call.when_scopes_size(); ++i) {
    inspector->CheckScope(ElementPath(path + ".when_scopes", static_cast<size_t>(i)),
                          call.when_scopes(i));
  }
}

// A pointer with the name of its source in front, `people:/genders`.
void CheckSourcedPointer(const std::string& path, const std::string& text,
                         EntryInspector* inspector) {
  const SourcedPointer pointer = ParseSourcedPointer(text);
  inspector->CheckPointer(path, std::string(pointer.pointer));
  if (pointer.source.empty()) return;
  const Provider& provider = inspector->provider();
  if (pointer.source == kIdTokenSource) {
    if (provider.issuer().empty())
      inspector->Problem(path, "`id_token:` needs the entry's `issuer`");
    return;
  }
  const auto& calls = provider.profile_calls();
  const bool known = std::any_of(calls.begin(), calls.end(),
                                 [&](const auto& call) { return call.name() == pointer.source; });
  if (!known)
    inspector->Problem(path, "names a source that is neither a profile call nor id_token");
}

void CheckCandidate(const std::string& path, const Provider::Candidate& candidate,
                    EntryInspector* inspector) {
  if (candidate.pointer().empty() == candidate.concat().empty()) {
    inspector->Problem(path, "needs `pointer` or `concat`, and not both");
  }
  CheckSourcedPointer(path + ".pointer", candidate.pointer(), inspector);
  for (int i = 0; i < candidate.concat_size(); ++i) {
    CheckSourcedPointer(ElementPath(path + ".concat", static_cast<size_t>(i)), candidate.concat(i),
                        inspector);
  }
  if (!candidate.concat().empty() && (!candidate.where().empty() || !candidate.then().empty())) {
    inspector->Problem(path, "`where` and `then` do not go with `concat`");
  }
  if (candidate.where().empty() && !candidate.then().empty())
    inspector->Problem(path + ".then", "needs `where`");
  for (const auto& [pointer, value] : candidate.where())
    inspector->CheckPointer(MemberPath(path + ".where", pointer), pointer);
  inspector->CheckPointer(path + ".then", candidate.then());
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
  const auto& calls = inspector->provider().profile_calls();
  if (calls.empty()) inspector->Problem("profile_calls", "at least one is required");
  if (calls.size() > kMostCalls)
    inspector->Problem("profile_calls", absl::StrCat("more than ", kMostCalls));
  std::set<std::string> names;
  for (int i = 0; i < calls.size(); ++i) {
    const std::string path = ElementPath("profile_calls", static_cast<size_t>(i));
    CheckCall(path, i == 0, calls[i], inspector);
    if (!names.insert(calls[i].name()).second)
      inspector->Problem(path + ".name", "is the name of an earlier call");
  }
}

void CheckProfileFields(EntryInspector* inspector) {
  const auto& fields = inspector->provider().profile_fields();
  if (!fields.contains("subject")) inspector->Problem("profile_fields.subject", "is required");
  for (const auto& [name, mapping] : fields) {
    const std::string path = MemberPath("profile_fields", name);
    if (!IsProfileField(name)) {
      inspector->Problem(
          path, absl::StrCat("unknown field; known: ", absl::StrJoin(ProfileFieldNames(), ", ")));
    }
    if (mapping.candidates().empty()) inspector->Problem(path, "needs at least one candidate");
    for (int i = 0; i < mapping.candidates_size(); ++i) {
      CheckCandidate(ElementPath(path, static_cast<size_t>(i)), mapping.candidates(i), inspector);
    }
  }
}

void CheckErrorRules(EntryInspector* inspector) {
  const auto& rules = inspector->provider().errors();
  for (int i = 0; i < rules.size(); ++i)
    CheckRule(ElementPath("errors", static_cast<size_t>(i)), rules[i], inspector);
}

}  // namespace evertoken
