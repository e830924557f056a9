#ifndef EVERTOKEN_SERVER_CONFIG_LIFECYCLE_H_
#define EVERTOKEN_SERVER_CONFIG_LIFECYCLE_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "evertoken/config/v1/provider_catalog.pb.h"

namespace evertoken {

// A day as ISO 8601 writes it, `2026-09-30`; nullopt for anything else.
std::optional<absl::CivilDay> ParseDay(absl::string_view text);

// Whether the day of the entry's end has begun, by UTC: no login may begin there any more.
bool HasEnded(const config::v1::Provider& entry, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_LIFECYCLE_H_
