#ifndef EVERTOKEN_SERVER_PROVIDER_BIRTH_DATE_H_
#define EVERTOKEN_SERVER_PROVIDER_BIRTH_DATE_H_

#include <optional>
#include <string>

#include "server/provider/json_document.h"

namespace evertoken {

// A birth date as providers write it (`1990-12-31`, `1990`, `12/31/1990`, `12/31`, `0000-12-31`, an object of year, month and day)
// as ISO 8601, partial where parts are missing: `1990-12-31`, `1990`, `--12-31`. nullopt for what is no such date.
std::optional<std::string> ReadBirthDate(JsonRef value);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_BIRTH_DATE_H_
