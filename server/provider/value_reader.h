#ifndef EVERTOKEN_SERVER_PROVIDER_VALUE_READER_H_
#define EVERTOKEN_SERVER_PROVIDER_VALUE_READER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/provider/value_kind.h"

// From a provider's words to the value of a field. nullopt: they cannot become one, and so are no value.
namespace evertoken {

// For the kinds that are text: trimmed, control characters as spaces.
std::optional<std::string> ReadText(ValueKind kind, absl::string_view words);

// true, false, 1 and 0, in any case.
std::optional<bool> ReadBoolean(absl::string_view words);

// A whole number from 0 up to what `kind` holds.
std::optional<int64_t> ReadInteger(ValueKind kind, absl::string_view words);

// ISO 8601 with an offset, or Unix seconds, or milliseconds (from 10^11 on); after 1970 and before the year 10000.
std::optional<absl::Time> ReadTime(absl::string_view words);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_VALUE_READER_H_
