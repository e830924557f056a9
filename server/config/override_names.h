#ifndef EVERTOKEN_SERVER_CONFIG_OVERRIDE_NAMES_H_
#define EVERTOKEN_SERVER_CONFIG_OVERRIDE_NAMES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace google::protobuf {
class Descriptor;
}  // namespace google::protobuf

namespace evertoken {

// The environment variables that override fields of `root`, for messages to people: `0` stands for any index, `NAME` for any key.
std::vector<std::string> OverrideNames(const google::protobuf::Descriptor* root);

// Whether a variable that begins with EVERTOKEN_ is no override: set by a container platform or meant for the build.
bool IsForeignVariable(absl::string_view name);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_OVERRIDE_NAMES_H_
