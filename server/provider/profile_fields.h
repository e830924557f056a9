#ifndef EVERTOKEN_SERVER_PROVIDER_PROFILE_FIELDS_H_
#define EVERTOKEN_SERVER_PROVIDER_PROFILE_FIELDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace evertoken {

// What `profile_fields` of a catalogue entry may name: the plain fields of evertoken.v1.Profile, and `email` and
// `email_verified`, which make its first address.
const std::vector<std::string>& ProfileFieldNames();
bool IsProfileField(absl::string_view name);

// The source of ID token claims in pointers; no profile call may have this name.
inline constexpr absl::string_view kIdTokenSource = "id_token";

// `people:/genders/0` taken apart. The source is empty for the first call's document.
struct SourcedPointer {
  absl::string_view source;
  absl::string_view pointer;
};
SourcedPointer ParseSourcedPointer(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROFILE_FIELDS_H_
