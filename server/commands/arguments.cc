#include "server/commands/arguments.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/config/nearest_name.h"

namespace evertoken {
namespace {

const Flag* FindFlag(const std::vector<Flag>& flags, const std::string& name) {
  const auto it = std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) {
    return !flag.operand && flag.name == name;
  });
  return it == flags.end() ? nullptr : &*it;
}

// The operand that the next word without dashes is.
const Flag* NextOperand(const std::vector<Flag>& flags, const Arguments& arguments) {
  const auto it = std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) {
    return flag.operand && (flag.repeatable || !arguments.Has(flag.name));
  });
  return it == flags.end() ? nullptr : &*it;
}

std::string UnknownFlag(const std::vector<Flag>& flags, const std::string& name) {
  std::vector<std::string> names;
  for (const Flag& flag : flags) {
    if (!flag.operand) names.push_back(flag.name);
  }
  const std::string nearest = NearestName(name, names, 3);
  return absl::StrCat("unknown flag --", name,
                      nearest.empty() ? "" : absl::StrCat("; did you mean --", nearest, "?"));
}

}  // namespace

absl::StatusOr<Arguments> Arguments::Parse(const std::vector<Flag>& flags,
                                           const std::vector<std::string>& words) {
  Arguments arguments;
  std::vector<std::string> problems;
  for (size_t i = 0; i < words.size(); ++i) {
    if (!absl::StartsWith(words[i], "--")) {
      const Flag* operand = NextOperand(flags, arguments);
      if (operand != nullptr) {
        arguments.values_[operand->name].push_back(words[i]);
        continue;
      }
    }
    if (!absl::StartsWith(words[i], "--") || words[i].size() == 2) {
      // Not repeated: somebody may have typed a secret.
      problems.push_back(absl::StrCat("word ", i + 1, " belongs to no flag"));
      continue;
    }
    const size_t equals = words[i].find('=');
    const bool has_value = equals != std::string::npos;
    const std::string name = words[i].substr(2, has_value ? equals - 2 : std::string::npos);
    const Flag* flag = FindFlag(flags, name);
    const bool value_follows =
        !has_value && i + 1 < words.size() && !absl::StartsWith(words[i + 1], "--");
    std::string value = has_value ? words[i].substr(equals + 1) : "";
    if (flag == nullptr) {
      problems.push_back(UnknownFlag(flags, name));
      if (value_follows) ++i;
      continue;
    }
    if (flag->value.empty()) {
      if (has_value) problems.push_back(absl::StrCat("--", name, " takes no value"));
    } else if (value_follows) {
      value = words[++i];
    }
    if (!flag->value.empty() && value.empty())
      problems.push_back(absl::StrCat("--", name, " needs a value: ", flag->value));
    std::vector<std::string>& values = arguments.values_[name];
    if (!values.empty() && !flag->repeatable)
      problems.push_back(absl::StrCat("--", name, " is given more than once"));
    values.push_back(value);
  }
  for (const Flag& flag : flags) {
    if (flag.required && !arguments.Has(flag.name))
      problems.push_back(absl::StrCat(flag.operand ? "" : absl::StrCat("--", flag.name, " "),
                                      flag.value, " is required"));
  }
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
  return arguments;
}

bool Arguments::Has(absl::string_view name) const { return values_.count(std::string(name)) > 0; }

std::string Arguments::Get(absl::string_view name, absl::string_view otherwise) const {
  const auto it = values_.find(std::string(name));
  return it == values_.end() ? std::string(otherwise) : it->second.back();
}

std::vector<std::string> Arguments::GetAll(absl::string_view name) const {
  const auto it = values_.find(std::string(name));
  return it == values_.end() ? std::vector<std::string>() : it->second;
}

}  // namespace evertoken
