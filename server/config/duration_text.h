#ifndef EVERTOKEN_SERVER_CONFIG_DURATION_TEXT_H_
#define EVERTOKEN_SERVER_CONFIG_DURATION_TEXT_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace evertoken {

// `250ms`, `30s`, `15m`, `24h`, `60d` and sums with falling units, `1h30m`. Whole numbers, no sign, at most 10000 years.
// nullopt for anything else.
std::optional<absl::Duration> ParseDurationText(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_DURATION_TEXT_H_
