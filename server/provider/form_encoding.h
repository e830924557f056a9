#ifndef EVERTOKEN_SERVER_PROVIDER_FORM_ENCODING_H_
#define EVERTOKEN_SERVER_PROVIDER_FORM_ENCODING_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace evertoken {

using FormFields = std::vector<std::pair<std::string, std::string>>;

// Everything but RFC 3986's unreserved characters as %XX: right in a path segment, in a query and in a form.
std::string PercentEncode(absl::string_view text);

// application/x-www-form-urlencoded.
std::string EncodeForm(const FormFields& fields);

// The inverse, `+` read as a space; nullopt for bad escapes or more than 256 fields.
std::optional<FormFields> DecodeForm(absl::string_view form);

// `url` with `fields` added to its query; `url` has no fragment.
std::string AppendQuery(absl::string_view url, const FormFields& fields);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_FORM_ENCODING_H_
