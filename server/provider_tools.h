#ifndef EVERTOKEN_SERVER_PROVIDER_TOOLS_H_
#define EVERTOKEN_SERVER_PROVIDER_TOOLS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/catalog_files.h"

namespace evertoken {

// What the `providers` commands do beside reading catalogues.

// The entry as YAML with the place of every value, see ExplainEntry. INVALID_ARGUMENT when a file cannot be read.
absl::StatusOr<std::string> ExplainProvider(const CatalogFiles& files, absl::string_view id);

// How one recorded case of a provider went.
struct CaseOutcome {
  std::string situation;
  std::string name;
  std::vector<std::string> failures;  // none: it passed
};

// Replays the provider's case file `path` through the client code, without a network. NOT_FOUND when there is no such file or entry,
// INVALID_ARGUMENT when one of them has problems.
absl::StatusOr<std::vector<CaseOutcome>> ReplayCases(const CatalogFiles& files,
                                                     const std::string& id,
                                                     const std::string& path);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_TOOLS_H_
