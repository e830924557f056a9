#ifndef EVERTOKEN_TESTS_PROVIDERS_CASE_FILE_H_
#define EVERTOKEN_TESTS_PROVIDERS_CASE_FILE_H_

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "evertoken/config/v1/server_config.pb.h"
#include "server/config/yaml_document.h"

namespace evertoken {

// One case of tests/providers/cases/<id>.yaml: what the provider answers and what must come of it. See README.md there.
struct ProviderCase {
  std::string provider;
  std::string
      situation;  // login, renewal, rotation, revoked, expired, throttled, down, odd_reply, profile, revocation
  std::string name;
  config::v1::ProviderClient client;
  YamlNode tokens;  // before the action
  std::string id_token_claims;
  std::vector<YamlNode> replies;
  std::string action;  // redeem, renew, profile, revoke
  YamlNode expect;
};

// For GoogleTest's messages.
void PrintTo(const ProviderCase& provider_case, std::ostream* out);

struct CaseFile {
  std::vector<ProviderCase> cases;
  std::map<std::string, std::string> not_applicable;  // situation to reason
};

// Reads a file; what is wrong with it is a test failure.
CaseFile ReadCaseFile(const std::string& provider, const std::string& path);

// Readers of nodes. A missing member is empty.
const YamlNode& Member(const YamlNode& node, const std::string& name);
std::string TextOf(const YamlNode& node);
std::map<std::string, std::string> TextsOf(const YamlNode& map);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_PROVIDERS_CASE_FILE_H_
