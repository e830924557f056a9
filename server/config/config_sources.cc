#include "server/config/config_sources.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"

namespace evertoken {
namespace {

// Reported for the value itself, or for an element of the list that it is.
bool Explains(const ConfigProblem& earlier, const ConfigProblem& later) {
  if (earlier.file != later.file || !absl::StartsWith(earlier.path, later.path)) return false;
  return earlier.path.size() == later.path.size() ||
         (!later.path.empty() && earlier.path[later.path.size()] == '[');
}

}  // namespace

ConfigProblem ConfigSources::Problem(absl::string_view path, absl::string_view what) const {
  const auto override = overrides.find(std::string(path));
  if (override != overrides.end()) return {"environment", 0, override->second, std::string(what)};
  return {file, lines.LineOf(path), std::string(path), std::string(what)};
}

void AddUnexplained(std::vector<ConfigProblem> found, std::vector<ConfigProblem>* problems) {
  const std::vector<ConfigProblem> earlier = *problems;
  for (ConfigProblem& problem : found) {
    const bool explained =
        std::any_of(earlier.begin(), earlier.end(),
                    [&](const ConfigProblem& cause) { return Explains(cause, problem); });
    if (!explained) problems->push_back(std::move(problem));
  }
}

absl::Status ProblemsToStatus(std::vector<ConfigProblem> problems) {
  if (problems.empty()) return absl::OkStatus();
  std::stable_sort(problems.begin(), problems.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) {
                     return std::tie(a.file, a.line) < std::tie(b.file, b.line);
                   });
  return absl::InvalidArgumentError(absl::StrJoin(
      problems, "\n",
      [](std::string* out, const ConfigProblem& problem) { out->append(problem.ToString()); }));
}

}  // namespace evertoken
