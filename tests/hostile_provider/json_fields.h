#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_JSON_FIELDS_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_JSON_FIELDS_H_

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/hostile_provider/names.h"

namespace evertoken::hostile {

// Reads the members of a JSON object strictly: what is missing leaves its target as it is, what has another type or is unknown
// is a problem. All problems come at once.
//
//   JsonFields fields(object);
//   fields.Read("times", &times, 1, 100);
//   if (absl::Status status = fields.Finish(); !status.ok()) return status;
class JsonFields {
 public:
  explicit JsonFields(const boost::json::object& object) : object_(object) {}

  void Read(absl::string_view name, std::string* value);
  void Read(absl::string_view name, bool* value);
  void Read(absl::string_view name, double* value);
  void Read(absl::string_view name, int64_t* value, int64_t least, int64_t most);
  // A string like 500ms, 30s, 2h; "inf" where `most` is infinite.
  void Read(absl::string_view name, absl::Duration* value, absl::Duration least,
            absl::Duration most);
  // An object of strings of printable ASCII, at most 20.
  void Read(absl::string_view name, std::vector<std::pair<std::string, std::string>>* value);

  template <typename Enum>
  void ReadEnum(absl::string_view name, Enum* value) {
    std::string text;
    if (!ReadText(name, &text)) return;
    if (const std::optional<Enum> found = ValueNamed<Enum>(text); found.has_value()) {
      *value = *found;
    } else {
      Complain(name, absl::StrCat("must be one of ", ListOfNames<Enum>()));
    }
  }

  // An object inside; null when it is missing.
  const boost::json::object* Object(absl::string_view name);

  bool Has(absl::string_view name) const;

  void Complain(absl::string_view name, absl::string_view problem);

  // INVALID_ARGUMENT with everything that was wrong, members that nobody read included.
  absl::Status Finish();

 private:
  const boost::json::value* Take(absl::string_view name);
  bool ReadText(absl::string_view name, std::string* text);

  const boost::json::object& object_;
  std::vector<std::string> known_;
  std::vector<std::string> problems_;
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_JSON_FIELDS_H_
