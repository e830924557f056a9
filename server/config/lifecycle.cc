#include "server/config/lifecycle.h"

#include <string>

namespace evertoken {

std::optional<absl::CivilDay> ParseDay(absl::string_view text) {
  absl::CivilDay day;
  // What is read must be written the same way: Abseil also takes `2026-9-3` and days that no month has.
  if (!absl::ParseCivilTime(text, &day) || absl::FormatCivilTime(day) != std::string(text))
    return std::nullopt;
  return day;
}

bool HasEnded(const config::v1::Provider& entry, absl::Time now) {
  const std::optional<absl::CivilDay> end = ParseDay(entry.lifecycle().end_date());
  return end.has_value() && absl::ToCivilDay(now, absl::UTCTimeZone()) >= *end;
}

}  // namespace evertoken
