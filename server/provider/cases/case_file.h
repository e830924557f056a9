#ifndef EVERTOKEN_SERVER_PROVIDER_CASES_CASE_FILE_H_
#define EVERTOKEN_SERVER_PROVIDER_CASES_CASE_FILE_H_

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/config/yaml_document.h"

namespace evertoken {

// One case of a provider's case file: what the provider answers and what must come of it. The keys: tests/providers/cases/README.md.
struct ProviderCase {
  std::string provider;
  std::string situation;
  std::string name;
  std::string entry;  // YAML of members that an overlay gives the entry for this case
  config::v1::ProviderClient client;
  YamlNode tokens;  // before the action
  std::string id_token_claims;
  std::map<std::string, std::string> callback;
  std::vector<YamlNode> replies;
  std::string action;
  YamlNode expect;
};

// For GoogleTest's messages.
void PrintTo(const ProviderCase& provider_case, std::ostream* out);

struct CaseFile {
  std::vector<ProviderCase> cases;
  std::map<std::string, std::string> not_applicable;  // situation to reason
  std::vector<std::string> problems;  // `file:line: what`; a file with one is not to be run
};

CaseFile ParseCaseFile(const std::string& provider, const std::string& file,
                       absl::string_view yaml);

// What every entry has a case for, or a reason why it cannot have one.
const std::vector<std::string>& CaseSituations();

// Readers of nodes. A missing member is empty.
const YamlNode& Member(const YamlNode& node, absl::string_view name);
std::map<std::string, std::string> TextsOf(const YamlNode& map);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CASES_CASE_FILE_H_
