#include "server/config/config_sources.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_join.h"

namespace evertoken {

ConfigProblem ConfigSources::Problem(absl::string_view path, absl::string_view what) const {
  const auto override = overrides.find(std::string(path));
  if (override != overrides.end()) return {"environment", 0, override->second, std::string(what)};
  return {file, lines.LineOf(path), std::string(path), std::string(what)};
}

absl::Status ProblemsToStatus(std::vector<ConfigProblem> problems) {
  if (problems.empty()) return absl::OkStatus();
  std::stable_sort(problems.begin(), problems.end(), [](const ConfigProblem& a, const ConfigProblem& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  return absl::InvalidArgumentError(absl::StrJoin(
      problems, "\n", [](std::string* out, const ConfigProblem& problem) { out->append(problem.ToString()); }));
}

}  // namespace evertoken
