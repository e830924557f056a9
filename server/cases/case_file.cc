#include "server/cases/case_file.h"

#include <functional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/cases/case_keys.h"
#include "server/cases/case_nodes.h"
#include "server/config/yaml_message.h"

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
    CheckCaseKeys(root, problem_);
    for (const YamlNode& node : Member(root, "cases").items) ReadCase(root, node);
    result_->not_applicable = TextsOf(Member(root, "not_applicable"));
    CheckSituations(root.line);
  }

 private:
  void Problem(int line, absl::string_view what) {
    result_->problems.push_back(absl::StrCat(file_, ":", line, ": ", what));
  }

  void ReadCase(const YamlNode& root, const YamlNode& node) {
    ProviderCase read;
    read.provider = provider_;
    read.situation = Member(node, "situation").text;
    read.name = Member(node, "name").text;
    read.time = ReadTime(Member(node, "time"));
    read.entry = Member(node, "entry").text;
    read.client = ReadClient(root, Member(node, "client"));
    read.tokens = Member(node, "tokens");
    read.id_token = Member(node, "id_token");
    read.id_token_claims = Member(node, "id_token_claims").text;
    read.callback = TextsOf(Member(node, "callback"));
    read.always = Member(root, "always").items;
    read.replies = Member(node, "replies").items;
    read.action = Member(node, "action").text;
    read.expect = Member(node, "expect");
    result_->cases.push_back(std::move(read));
  }

  absl::Time ReadTime(const YamlNode& node) {
    absl::Time time = kCaseTime;
    if (!node.text.empty() && !absl::ParseTime(absl::RFC3339_sec, node.text, &time, nullptr))
      Problem(node.line, "time must be one such as 2027-01-01T00:00:00Z");
    return time;
  }

  config::v1::ProviderClient ReadClient(const YamlNode& root, const YamlNode& node) {
    config::v1::ProviderClient client;
    SourceMap written;
    std::vector<ConfigProblem> problems;
    if (!node.text.empty()) ReadYaml(node.text, file_, YamlOptions(), &client, &written, &problems);
    for (const ConfigProblem& problem : problems)
      Problem(node.line, absl::StrCat("client: ", problem.path, ": ", problem.what));
    if (!written.Has("client_id")) client.set_client_id("case-client");
    if (!written.Has("client_secret")) client.set_client_secret("case-secret");
    // What the case itself says stays.
    for (const auto& [name, value] : TextsOf(Member(root, "instance")))
      client.mutable_instance()->insert({name, value});
    return client;
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
  const std::function<void(int, const std::string&)> problem_ =
      [this](int line, const std::string& what) { Problem(line, what); };
};

}  // namespace

void PrintTo(const ProviderCase& provider_case, std::ostream* out) { *out << provider_case.name; }

const std::vector<std::string>& CaseSituations() {
  static const auto* const kSituations =
      new std::vector<std::string>{"login",     "renewal", "rotation",  "revoked", "expired",
                                   "throttled", "down",    "odd_reply", "profile", "revocation"};
  return *kSituations;
}

CaseFile ParseCaseFile(const std::string& provider, const std::string& file,
                       absl::string_view yaml) {
  CaseFile result;
  CaseReader(provider, file, &result).Read(yaml);
  return result;
}

}  // namespace evertoken
