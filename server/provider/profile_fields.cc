#include "server/provider/profile_fields.h"

#include <algorithm>

namespace evertoken {

const std::vector<std::string>& ProfileFieldNames() {
  static const auto* const kNames = new std::vector<std::string>{
      "subject", "display_name",   "given_name",  "family_name", "username",
      "email",   "email_verified", "picture_url", "profile_url", "locale",
      "gender",  "birth_date",     "time_zone"};
  return *kNames;
}

bool IsProfileField(absl::string_view name) {
  const std::vector<std::string>& names = ProfileFieldNames();
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& known) { return known == name; });
}

SourcedPointer ParseSourcedPointer(absl::string_view text) {
  const size_t colon = text.find(':');
  // A colon behind the first slash belongs to the pointer.
  if (colon == absl::string_view::npos || text.find('/') < colon)
    return {absl::string_view(), text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace evertoken
