#ifndef EVERTOKEN_SERVER_CONFIG_RULE_REPORTER_H_
#define EVERTOKEN_SERVER_CONFIG_RULE_REPORTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "server/config/config_sources.h"

namespace evertoken {

// Collects what breaks a rule, with its place. The vocabulary that the checkers are written in; lives for one check.
class RuleReporter {
 public:
  // Both must outlive the reporter.
  RuleReporter(const ConfigSources* sources, std::vector<ConfigProblem>* problems)
      : sources_(sources), problems_(problems) {}

  void Problem(absl::string_view path, absl::string_view what);

  // A problem at `path` when `status` is not OK.
  void Expect(absl::string_view path, const absl::Status& status);

  void InRange(absl::string_view path, int64_t value, int64_t lowest, int64_t highest);

  // `allowed` says the range as people write it: `1m to 90d`.
  void InRange(absl::string_view path, const google::protobuf::Duration& value,
               absl::Duration lowest, absl::Duration highest, absl::string_view allowed);

  // Neither empty nor longer than `longest`, and of the given characters only (`also` beside letters and digits).
  void IsName(absl::string_view path, absl::string_view value, size_t longest,
              absl::string_view also);

 private:
  const ConfigSources* const sources_;
  std::vector<ConfigProblem>* const problems_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_RULE_REPORTER_H_
