#include "server/cases/case_keys.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/cases/case_failures.h"
#include "server/cases/case_nodes.h"

namespace evertoken {
namespace {

using Keys = std::set<std::string>;

// What each action brings.
const std::map<std::string, std::string>& Outcomes() {
  static const auto* const kOutcomes = new std::map<std::string, std::string>{
      {"authorize", "authorization"},
      {"redeem", "tokens"},
      {"renew", "tokens"},
      {"profile", "profile"},
      {"introspect", "introspection"},
      {"id_token", "claims"},
      {"revoke", "revoked"},
      {"keep", "keeping"},
  };
  return *kOutcomes;
}

using Report = std::function<void(int line, const std::string& what)>;

// Missing members have no line.
bool IsThere(const YamlNode& node) { return node.line != 0; }

class KeyChecker {
 public:
  explicit KeyChecker(const Report& problem) : problem_(problem) {}

  void CheckTop(const YamlNode& root) {
    if (root.kind != YamlNode::Kind::kMap) return problem_(root.line, "must be a map");
    CheckMap(root, {}, {"instance", "always", "cases", "not_applicable"});
    CheckTextMap(Member(root, "instance"));
    CheckTextMap(Member(root, "not_applicable"));
    CheckReplies(Member(root, "always"));
    CheckList(Member(root, "cases"));
    for (const YamlNode& node : Member(root, "cases").items) CheckCase(node);
  }

 private:
  void CheckCase(const YamlNode& read) {
    if (read.kind != YamlNode::Kind::kMap) return problem_(read.line, "must be a map");
    CheckMap(read, {"situation", "name", "time", "entry", "client", "id_token_claims", "action"},
             {"tokens", "id_token", "callback", "replies", "expect"});
    const YamlNode& tokens = Member(read, "tokens");
    CheckMap(tokens,
             {"access_token", "refresh_token", "redirect_uri", "age", "access_left", "refresh_left",
              "cap_left", "chain"},
             {"scopes", "kept"});
    CheckTexts(Member(tokens, "scopes"));
    CheckTextMap(Member(tokens, "kept"));
    CheckDurations(tokens, {"age", "access_left", "refresh_left", "cap_left"});
    const YamlNode& id_token = Member(read, "id_token");
    CheckMap(id_token, {"algorithm", "claims", "age", "life"}, {});
    CheckDurations(id_token, {"age", "life"});
    CheckTextMap(Member(read, "callback"));
    CheckReplies(Member(read, "replies"));
    const std::string& action = Member(read, "action").text;
    const auto outcome = Outcomes().find(action);
    if (outcome == Outcomes().end()) {
      problem_(read.line, absl::StrCat("unknown action `", action, "`"));
    } else {
      CheckOneOutcome(read.line, Member(read, "expect"), outcome->second);
      CheckExpected(Member(read, "expect"), action, outcome->second);
    }
  }

  void CheckReplies(const YamlNode& replies) {
    CheckList(replies);
    std::set<std::string> urls;
    for (const YamlNode& reply : replies.items) {
      CheckMap(reply, {"url", "status", "body", "body_base64"}, {"headers"});
      CheckTextMap(Member(reply, "headers"));
      CheckHasUrl(reply);
      const std::string& url = Member(reply, "url").text;
      if (!url.empty() && !urls.insert(url).second)
        problem_(reply.line, absl::StrCat("two replies for ", url));
    }
  }

  void CheckExpected(const YamlNode& expect, const std::string& action,
                     const std::string& outcome) {
    const bool is_text = outcome == "profile" || outcome == "revoked";
    Keys texts, others = {"requests"};
    if (action != "keep") texts = {"error", "says", "retry_after"};
    if (action == "profile" || action == "introspect") texts.insert("access_token_rejected");
    (is_text ? texts : others).insert(outcome);
    CheckMap(expect, texts, others);
    const YamlNode& authorization = Member(expect, "authorization");
    CheckMap(authorization, {"url", "fragment"}, {"query"});
    CheckTextMap(Member(authorization, "query"));
    if (outcome == "tokens") CheckTokens(Member(expect, "tokens"));
    const YamlNode& introspection = Member(expect, "introspection");
    CheckMap(introspection, {"client_id", "subject", "access_left"}, {"scopes"});
    CheckTexts(Member(introspection, "scopes"));
    CheckMap(Member(expect, "claims"), {"subject", "client_id"}, {});
    if (outcome == "keeping") CheckKeeping(Member(expect, "keeping"));
    CheckRequests(Member(expect, "requests"));
  }

  // What the verdict does not look at must not be written: beside an error, what the action would have brought.
  void CheckOneOutcome(int line, const YamlNode& expect, const std::string& outcome) {
    const bool fails = !Member(expect, "error").text.empty();
    const bool brings = IsThere(Member(expect, outcome));
    if (fails == brings)
      problem_(line, absl::StrCat("must expect an error or ", outcome, ", one of both"));
    for (const char* detail : {"says", "retry_after"}) {
      if (!fails && IsThere(Member(expect, detail)))
        problem_(line, absl::StrCat(detail, " needs an error"));
    }
  }

  void CheckTokens(const YamlNode& tokens) {
    CheckPair(tokens, {"scopes", "kept", "secondary"});
    const YamlNode& secondary = Member(tokens, "secondary");
    if (IsThere(secondary) && secondary.kind != YamlNode::Kind::kMap)
      problem_(secondary.line, "must be a map");
    for (const auto& [name, value] : secondary.members) CheckPair(value, {"scopes", "kept"});
  }

  void CheckPair(const YamlNode& pair, const Keys& others) {
    CheckMap(pair,
             {"access_token", "refresh_token", "id_token", "redirect_uri", "access_left",
              "refresh_left", "cap_left", "chain"},
             others);
    CheckTexts(Member(pair, "scopes"));
    CheckTextMap(Member(pair, "kept"));
  }

  void CheckKeeping(const YamlNode& keeping) {
    CheckMap(keeping, {"renewal", "look", "refusal"}, {"limits"});
    const YamlNode& limits = Member(keeping, "limits");
    CheckMap(limits, {"calls_per_second", "burst", "concurrent_calls", "profile_limits_per_user"},
             {});
    for (const YamlNode* node : {&keeping, &limits}) {
      if (IsThere(*node) && node->members.empty()) problem_(node->line, "expects nothing");
    }
  }

  void CheckRequests(const YamlNode& requests) {
    CheckList(requests);
    for (const YamlNode& request : requests.items) {
      CheckMap(request, {"url", "method", "body"}, {"form", "query", "headers", "jwt"});
      CheckHasUrl(request);
      for (const char* fields : {"form", "query", "headers"}) CheckTextMap(Member(request, fields));
      const YamlNode& jwt = Member(request, "jwt");
      CheckMap(jwt, {"parameter", "key_id", "life"}, {"claims"});
      CheckTextMap(Member(jwt, "claims"));
    }
  }

  // A map, if it is there, of these members: texts, and others, which are looked into elsewhere.
  void CheckMap(const YamlNode& map, const Keys& texts, const Keys& others) {
    if (IsThere(map) && map.kind != YamlNode::Kind::kMap) problem_(map.line, "must be a map");
    for (const auto& [key, value] : map.members) {
      if (texts.count(key) != 0) {
        CheckText(value);
      } else if (others.count(key) == 0) {
        problem_(value.line, absl::StrCat("unknown key ", key));
      }
    }
  }

  void CheckTextMap(const YamlNode& map) {
    if (IsThere(map) && map.kind != YamlNode::Kind::kMap) problem_(map.line, "must be a map");
    for (const auto& [key, value] : map.members) CheckText(value);
  }

  void CheckList(const YamlNode& list) {
    if (IsThere(list) && list.kind != YamlNode::Kind::kList) problem_(list.line, "must be a list");
  }

  void CheckTexts(const YamlNode& list) {
    CheckList(list);
    for (const YamlNode& item : list.items) CheckText(item);
  }

  void CheckText(const YamlNode& text) {
    if (text.kind != YamlNode::Kind::kScalar) problem_(text.line, "must be text");
  }

  void CheckHasUrl(const YamlNode& map) {
    if (Member(map, "url").text.empty()) problem_(map.line, "needs a url");
  }

  void CheckDurations(const YamlNode& map, const Keys& names) {
    for (const auto& [key, value] : map.members) {
      if (names.count(key) != 0 && !CaseDuration(value).has_value())
        problem_(value.line, absl::StrCat(key, " is no duration"));
    }
  }

  const Report& problem_;
};

}  // namespace

void CheckCaseKeys(const YamlNode& root, const Report& problem) {
  KeyChecker(problem).CheckTop(root);
}

}  // namespace evertoken
