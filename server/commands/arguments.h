#ifndef EVERTOKEN_SERVER_COMMANDS_ARGUMENTS_H_
#define EVERTOKEN_SERVER_COMMANDS_ARGUMENTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evertoken {

// A flag that a command knows.
struct Flag {
  std::string name;   // without the dashes
  std::string value;  // what stands for the value in help, for example FILE; empty: a switch
  std::string help;
  bool required = false;
  bool repeatable = false;
  bool operand = false;  // a word of its own, without the name: `providers show ID`
};

// What was said on a command line: `--name value`, `--name=value`, for switches `--name`, and for operands the value alone.
class Arguments {
 public:
  // INVALID_ARGUMENT with every problem at once, a line each: unknown flags with the nearest known one, missing or repeated flags,
  // words that no flag takes. A value is never repeated.
  static absl::StatusOr<Arguments> Parse(const std::vector<Flag>& flags,
                                         const std::vector<std::string>& words);

  bool Has(absl::string_view name) const;
  // The flag's value, the last if there are several; `otherwise` when it was not given.
  std::string Get(absl::string_view name, absl::string_view otherwise = "") const;
  // All values in order.
  std::vector<std::string> GetAll(absl::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_ARGUMENTS_H_
