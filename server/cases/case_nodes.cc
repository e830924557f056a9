#include "server/cases/case_nodes.h"

namespace evertoken {

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

}  // namespace evertoken
