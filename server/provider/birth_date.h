#ifndef EVERTOKEN_SERVER_PROVIDER_BIRTH_DATE_H_
#define EVERTOKEN_SERVER_PROVIDER_BIRTH_DATE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/provider/json_document.h"

namespace evertoken {

// A date as providers write it, as ISO 8601, partial where parts are missing: `1990-12-31`, `1990-12`, `1990`, `--12-31`. nullopt for
// what is no date. Read are ISO 8601, also with a time behind it, `19901231`, `--1231`, `0000-12-31`, `12/31/1990`, `12/31`,
// `12-31-1990` and `31.12.1990`. Years begin with 1800, so that other numbers are none.
std::optional<std::string> ReadDate(absl::string_view words);

// An object of year, month and day.
std::optional<std::string> ReadDate(JsonRef object);

// As ReadDate; a date without a day is its year (OpenID Connect Core 1.0 section 5.1).
std::optional<std::string> ReadBirthDate(absl::string_view words);
std::optional<std::string> ReadBirthDate(JsonRef object);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_BIRTH_DATE_H_
