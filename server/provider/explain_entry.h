#ifndef EVERTOKEN_SERVER_PROVIDER_EXPLAIN_ENTRY_H_
#define EVERTOKEN_SERVER_PROVIDER_EXPLAIN_ENTRY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/provider/provider_catalog.h"

namespace evertoken {

// The entry with everything it inherits, as a catalogue in YAML: behind each value the file and line that it comes from, or `default`.
// NOT_FOUND when no source has such an entry, or what it extends is missing.
absl::StatusOr<std::string> ExplainEntry(const std::vector<ProviderCatalog::Source>& sources,
                                         absl::string_view id);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_EXPLAIN_ENTRY_H_
