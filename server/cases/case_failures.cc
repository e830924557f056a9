#include "server/cases/case_failures.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "server/cases/case_nodes.h"
#include "server/config/duration_text.h"
#include "server/provider/form_encoding.h"

namespace evertoken {

std::optional<absl::Duration> CaseDuration(const YamlNode& node) {
  return ParseDurationText(node.text);
}

void CaseFailures::Same(const std::string& what, const std::string& is,
                        const std::string& expected) {
  if (is != expected) Add(absl::StrCat(what, " is `", is, "`, not `", expected, "`"));
}

void CaseFailures::SameTruth(const std::string& what, bool is, const YamlNode& expected) {
  Same(what, is ? "true" : "false", expected.text.empty() ? "false" : expected.text);
}

absl::Duration CaseFailures::Duration(const YamlNode& node) {
  const std::optional<absl::Duration> duration = CaseDuration(node);
  if (!duration.has_value()) Add(absl::StrCat("line ", node.line, ": is no duration"));
  return duration.value_or(absl::ZeroDuration());
}

std::vector<std::pair<std::string, std::string>> CaseFailures::Fields(const std::string& what,
                                                                      const std::string& form,
                                                                      const YamlNode& expected) {
  const std::optional<FormFields> fields = DecodeForm(form);
  if (!fields.has_value()) {
    Add(absl::StrCat(what, " is not a form: ", form));
    return {};
  }
  const std::map<std::string, std::string> sent(fields->begin(), fields->end());
  if (sent.size() != fields->size()) Add(absl::StrCat(what, " sends a parameter twice"));
  for (const auto& [name, value] : TextsOf(expected)) {
    const auto field = sent.find(name);
    if (field == sent.end()) {
      Add(absl::StrCat(what, " lacks ", name));
    } else {
      Same(absl::StrCat(what, ".", name), field->second, value);
    }
  }
  return *fields;
}

}  // namespace evertoken
