#ifndef EVERTOKEN_SERVER_PROVIDER_FORM_ENCODING_H_
#define EVERTOKEN_SERVER_PROVIDER_FORM_ENCODING_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/base/percent_encoding.h"

namespace evertoken {

using FormFields = std::vector<std::pair<std::string, std::string>>;

// application/x-www-form-urlencoded.
std::string EncodeForm(const FormFields& fields);

// The inverse, `+` read as a space; nullopt for bad escapes or more than 256 fields.
std::optional<FormFields> DecodeForm(absl::string_view form);

// `url` with `fields` added to its query; `url` has no fragment.
std::string AppendQuery(absl::string_view url, const FormFields& fields);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_FORM_ENCODING_H_
