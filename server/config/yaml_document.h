#ifndef EVERTOKEN_SERVER_CONFIG_YAML_DOCUMENT_H_
#define EVERTOKEN_SERVER_CONFIG_YAML_DOCUMENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace evertoken {

// A YAML document as written: keys in order and repeated ones kept, a line for every value. The plain subset that configuration
// needs: one document, no anchors, aliases or tags.
struct YamlMember;
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 0;         // from 1
  bool quoted = false;  // a scalar in quotes, which is text even when it looks like a number
  std::string text;     // of a scalar
  std::vector<YamlNode> items;      // of a list
  std::vector<YamlMember> members;  // of a map
};
struct YamlMember {
  std::string key;
  YamlNode value;
};

// Something that keeps a text from being such a document.
struct YamlFault {
  int line = 0;
  std::string what;
};

// Bounds on what is read, far above any sensible configuration.
inline constexpr size_t kMaxYamlBytes = 4 << 20;
inline constexpr int kMaxYamlDepth = 32;
inline constexpr int kMaxYamlNodes = 200000;

// Parses `yaml`. Appends to `faults` all that is wrong with it; what could be read is returned, null when nothing could.
YamlNode ParseYaml(absl::string_view yaml, std::vector<YamlFault>* faults);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_YAML_DOCUMENT_H_
