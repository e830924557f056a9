#ifndef EVERTOKEN_SERVER_CONFIG_YAML_MESSAGE_H_
#define EVERTOKEN_SERVER_CONFIG_YAML_MESSAGE_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace google::protobuf {
class Message;
class FieldDescriptor;
}  // namespace google::protobuf

namespace evertoken {

// One thing that is wrong in a configuration file.
struct ConfigProblem {
  std::string file;
  int line = 0;      // from 1; 0: not bound to a line
  std::string path;  // where in the document, for example `apps[0].redirect_uris[1]`
  std::string what;  // what is wrong and what is allowed

  std::string ToString() const;  // `file:line: path: what`
};

// The path of a member, `parent.key` or `parent["odd key"]`, and of a list's element, `parent[0]`: as problems and SourceMap write it.
std::string MemberPath(const std::string& parent, absl::string_view key);
std::string ElementPath(const std::string& parent, size_t index);

// Where a value of the message came from, for checks that run after reading.
class SourceMap {
 public:
  void Set(const std::string& path, int line);
  // The line of the path, or of its nearest parent; 0 when neither is known.
  int LineOf(absl::string_view path) const;
  // Whether the path itself was written: tells `false` and `0` from nothing, which a proto3 message cannot.
  bool Has(absl::string_view path) const;

 private:
  std::map<std::string, int> lines_;
};

// Fills `message` from YAML, strictly: every key must be a field name, every value must have its type. Enum values are written in
// lower case without the prefix of their enum; google.protobuf.Duration as `250ms`, `30s`, `15m`, `24h`, `60d` (and sums: `1h30m`).
// `${NAME}` inside a string value is replaced by `lookup(NAME)`; a NAME that lookup does not know is a problem. Duplicate keys,
// anchors, aliases and tags are problems. All problems are appended to `problems`; what could be read is read.
//
// A string value may be any scalar; a message may be empty (`memory:`); a list or map may not. Problems never quote a value,
// which may be a secret in the wrong place.
//
// Short forms: a message type whose comment says so in the .proto accepts a plain value or a list; the types are named in
// `short_forms`: full message name -> name of the field that it fills.
struct YamlOptions {
  std::function<const std::string*(const std::string& name)> lookup;  // null: `${` is a problem
  std::vector<std::pair<std::string, std::string>> short_forms;
};
void ReadYaml(absl::string_view yaml, const std::string& file, const YamlOptions& options,
              google::protobuf::Message* message, SourceMap* source_map,
              std::vector<ConfigProblem>* problems);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_YAML_MESSAGE_H_
