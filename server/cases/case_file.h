#ifndef EVERTOKEN_SERVER_CASES_CASE_FILE_H_
#define EVERTOKEN_SERVER_CASES_CASE_FILE_H_

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/config/yaml_document.h"

namespace evertoken {

// The time of a case that says none.
constexpr absl::Time kCaseTime = absl::FromUnixSeconds(1900000000);

// One case of a provider's case file: what the provider answers and what must come of it. The keys: tests/providers/cases/README.md.
struct ProviderCase {
  std::string provider;
  std::string situation;
  std::string name;
  absl::Time time = kCaseTime;
  std::string entry;  // YAML of members that an overlay gives the entry for this case
  config::v1::ProviderClient client;
  YamlNode tokens;    // before the action
  YamlNode id_token;  // that the provider signs
  std::string id_token_claims;
  std::map<std::string, std::string> callback;
  std::vector<YamlNode> always;   // replies that all cases of the file have
  std::vector<YamlNode> replies;  // its own, which go before those
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

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_FILE_H_
