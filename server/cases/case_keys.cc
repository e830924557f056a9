#include "server/cases/case_keys.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/cases/case_nodes.h"

namespace evertoken {
namespace {

using Keys = std::set<std::string>;

const std::map<std::string, Keys>& ExpectedKeys() {
  static const auto* const kKeys = new std::map<std::string, Keys>{
      {"authorize", {"authorization"}},
      {"redeem", {"tokens"}},
      {"renew", {"tokens"}},
      {"profile", {"profile", "access_token_rejected"}},
      {"introspect", {"introspection", "access_token_rejected"}},
      {"id_token", {"claims"}},
      {"revoke", {"revoked"}},
      {"keep", {"keeping"}},
  };
  return *kKeys;
}

using Report = std::function<void(int line, const std::string& what)>;

// What is not there has no keys.
void CheckKeys(const YamlNode& map, const Keys& known, const Report& problem) {
  for (const auto& [key, value] : map.members) {
    if (known.count(key) == 0) problem(value.line, absl::StrCat("unknown key ", key));
  }
}

class KeyChecker {
 public:
  explicit KeyChecker(const Report& problem) : problem_(problem) {}

  void CheckCase(const YamlNode& read) {
    Check(read, {"situation", "name", "time", "entry", "client", "tokens", "id_token",
                 "id_token_claims", "callback", "replies", "action", "expect"});
    Check(Member(read, "tokens"),
          {"access_token", "refresh_token", "redirect_uri", "scopes", "kept", "age", "access_left",
           "refresh_left", "cap_left", "chain"});
    Check(Member(read, "id_token"), {"algorithm", "claims", "age", "life"});
    const std::string& action = Member(read, "action").text;
    const auto keys = ExpectedKeys().find(action);
    if (keys == ExpectedKeys().end()) {
      problem_(read.line, absl::StrCat("unknown action `", action, "`"));
    } else {
      CheckExpected(Member(read, "expect"), keys->second);
    }
  }

 private:
  void CheckExpected(const YamlNode& expect, Keys keys) {
    if (expect.members.empty()) problem_(expect.line, "the case expects nothing");
    keys.insert({"error", "says", "retry_after", "requests"});
    Check(expect, keys);
    Check(Member(expect, "authorization"), {"url", "query", "fragment"});
    CheckTokens(Member(expect, "tokens"));
    Check(Member(expect, "introspection"), {"client_id", "subject", "access_left", "scopes"});
    Check(Member(expect, "claims"), {"subject", "client_id"});
    Check(Member(expect, "keeping"), {"renewal", "look", "refusal", "limits"});
    Check(Member(Member(expect, "keeping"), "limits"),
          {"calls_per_second", "burst", "concurrent_calls", "profile_limits_per_user"});
    for (const YamlNode& request : Member(expect, "requests").items) {
      Check(request, {"url", "method", "form", "query", "headers", "body", "jwt"});
      Check(Member(request, "jwt"), {"parameter", "key_id", "claims", "life"});
    }
  }

  void CheckTokens(const YamlNode& tokens) {
    const Keys pair = {"access_token", "refresh_token", "id_token", "redirect_uri", "access_left",
                       "refresh_left", "cap_left",      "scopes",   "kept"};
    Keys all = pair;
    all.insert("secondary");
    Check(tokens, all);
    for (const auto& [name, value] : Member(tokens, "secondary").members) Check(value, pair);
  }

  void Check(const YamlNode& map, const Keys& known) { CheckKeys(map, known, problem_); }

  const Report& problem_;
};

}  // namespace

void CheckCaseKeys(const YamlNode& read, const Report& problem) {
  KeyChecker(problem).CheckCase(read);
  for (const YamlNode& reply : Member(read, "replies").items) CheckReplyKeys(reply, problem);
}

void CheckReplyKeys(const YamlNode& reply, const Report& problem) {
  CheckKeys(reply, {"url", "status", "headers", "body", "body_base64"}, problem);
}

}  // namespace evertoken
