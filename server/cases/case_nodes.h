#ifndef EVERTOKEN_SERVER_CASES_CASE_NODES_H_
#define EVERTOKEN_SERVER_CASES_CASE_NODES_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "server/config/yaml_document.h"

namespace evertoken {

// Readers of a case's nodes. A missing member is empty.
const YamlNode& Member(const YamlNode& node, absl::string_view name);
std::map<std::string, std::string> TextsOf(const YamlNode& map);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_NODES_H_
