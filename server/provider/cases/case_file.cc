#include "server/provider/cases/case_file.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

class CaseReader {
 public:
  CaseReader(const std::string& provider, const std::string& file, CaseFile* result)
      : provider_(provider), file_(file), result_(result) {}

  void Read(absl::string_view yaml) {
    std::vector<YamlFault> faults;
    const YamlNode root = ParseYaml(yaml, &faults);
    for (const YamlFault& fault : faults) Problem(fault.line, fault.what);
    CheckKeys(root, {"instance", "always", "cases", "not_applicable"});
    for (const YamlNode& node : Member(root, "cases").items) ReadCase(root, node);
    result_->not_applicable = TextsOf(Member(root, "not_applicable"));
    CheckSituations(root.line);
  }

 private:
  void Problem(int line, absl::string_view what) {
    result_->problems.push_back(absl::StrCat(file_, ":", line, ": ", what));
  }

  void CheckKeys(const YamlNode& map, const std::set<std::string>& known) {
    if (map.kind != YamlNode::Kind::kMap) return Problem(map.line, "must be a map");
    for (const auto& [key, value] : map.members) {
      if (known.count(key) == 0) Problem(value.line, absl::StrCat("unknown key ", key));
    }
  }

  void ReadCase(const YamlNode& root, const YamlNode& node) {
    CheckKeys(node, {"situation", "name", "entry", "tokens", "id_token_claims", "callback",
                     "replies", "action", "expect"});
    ProviderCase read;
    read.provider = provider_;
    read.situation = Member(node, "situation").text;
    read.name = Member(node, "name").text;
    read.entry = Member(node, "entry").text;
    read.client.set_client_id("case-client");
    read.client.set_client_secret("case-secret");
    for (const auto& [name, value] : TextsOf(Member(root, "instance")))
      (*read.client.mutable_instance())[name] = value;
    read.tokens = Member(node, "tokens");
    read.id_token_claims = Member(node, "id_token_claims").text;
    read.callback = TextsOf(Member(node, "callback"));
    read.replies = Member(root, "always").items;
    const std::vector<YamlNode>& own = Member(node, "replies").items;
    read.replies.insert(read.replies.end(), own.begin(), own.end());
    read.action = Member(node, "action").text;
    read.expect = Member(node, "expect");
    CheckKeys(read.expect, {"error", "retry_after", "access_token_rejected", "tokens", "profile",
                            "revoked", "authorization", "requests"});
    if (read.expect.members.empty()) Problem(node.line, "the case expects nothing");
    result_->cases.push_back(std::move(read));
  }

  void CheckSituations(int line) {
    std::set<std::string> missing(CaseSituations().begin(), CaseSituations().end());
    const std::set<std::string> known = missing;
    for (const ProviderCase& read : result_->cases) {
      if (known.count(read.situation) == 0)
        Problem(line, absl::StrCat("unknown situation ", read.situation));
      missing.erase(read.situation);
    }
    for (const auto& [situation, reason] : result_->not_applicable) {
      if (missing.erase(situation) == 0)
        Problem(line, absl::StrCat(situation, " has a case and an excuse"));
      if (reason.size() <= 10) Problem(line, absl::StrCat(situation, " needs a reason"));
    }
    for (const std::string& situation : missing)
      Problem(line, absl::StrCat("no case for the situation ", situation));
  }

  const std::string& provider_;
  const std::string& file_;
  CaseFile* const result_;
};

}  // namespace

void PrintTo(const ProviderCase& provider_case, std::ostream* out) { *out << provider_case.name; }

const std::vector<std::string>& CaseSituations() {
  static const auto* const kSituations =
      new std::vector<std::string>{"login",     "renewal", "rotation",  "revoked", "expired",
                                   "throttled", "down",    "odd_reply", "profile", "revocation"};
  return *kSituations;
}

const YamlNode& Member(const YamlNode& node, absl::string_view name) {
  static const auto* const kNone = new YamlNode();
  for (const auto& [key, value] : node.members) {
    if (key == name) return value;
  }
  return *kNone;
}

std::map<std::string, std::string> TextsOf(const YamlNode& map) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : map.members) texts[key] = value.text;
  return texts;
}

CaseFile ParseCaseFile(const std::string& provider, const std::string& file,
                       absl::string_view yaml) {
  CaseFile result;
  CaseReader(provider, file, &result).Read(yaml);
  return result;
}

}  // namespace evertoken
