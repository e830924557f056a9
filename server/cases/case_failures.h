#ifndef EVERTOKEN_SERVER_CASES_CASE_FAILURES_H_
#define EVERTOKEN_SERVER_CASES_CASE_FAILURES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/config/yaml_document.h"

namespace evertoken {

// What in a case was not as it expects. Lives for one case.
class CaseFailures {
 public:
  void Add(std::string what) { failures_.push_back(std::move(what)); }
  // Adds a failure unless both are the same text.
  void Same(const std::string& what, const std::string& is, const std::string& expected);
  // The same for a yes or no that a case leaves out where it is no.
  void SameTruth(const std::string& what, bool is, const YamlNode& expected);
  // A life or a wait that the case writes; what is no duration is a failure and zero.
  absl::Duration Duration(const YamlNode& node);
  // Every field of a form, or of a query, that the case names is there with its value, and none is there twice. Gives all that came.
  std::vector<std::pair<std::string, std::string>> Fields(const std::string& what,
                                                          const std::string& form,
                                                          const YamlNode& expected);

  // None: the case passed.
  const std::vector<std::string>& all() const { return failures_; }

 private:
  std::vector<std::string> failures_;
};

// A life or a wait as cases write it; nullopt for what is no duration.
std::optional<absl::Duration> CaseDuration(const YamlNode& node);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_FAILURES_H_
