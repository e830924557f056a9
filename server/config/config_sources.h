#ifndef EVERTOKEN_SERVER_CONFIG_CONFIG_SOURCES_H_
#define EVERTOKEN_SERVER_CONFIG_CONFIG_SOURCES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/config/yaml_message.h"

namespace evertoken {

// Where each value of a configuration came from, so that a problem found later names the place to correct.
struct ConfigSources {
  std::string file;
  SourceMap lines;
  std::map<std::string, std::string>
      overrides;  // path of a value -> the environment variable that set it

  ConfigProblem Problem(absl::string_view path, absl::string_view what) const;
};

// Appends what rules found to what reading found, but for what reading explains: a value that could not be read is missing for
// every later rule, and saying both would hide the cause.
void AddUnexplained(std::vector<ConfigProblem> found, std::vector<ConfigProblem>* problems);

// INVALID_ARGUMENT with a line for each problem, in the order of file and line; OK when there are none.
absl::Status ProblemsToStatus(std::vector<ConfigProblem> problems);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_CONFIG_SOURCES_H_
