#ifndef EVERTOKEN_SERVER_PROVIDER_CATALOG_SOURCE_H_
#define EVERTOKEN_SERVER_PROVIDER_CATALOG_SOURCE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "server/config/yaml_message.h"

namespace evertoken {

// One catalogue file as it was written: nothing inherited, nothing defaulted, nothing checked but its types.
struct CatalogSource {
  std::string name;
  config::v1::ProviderCatalog catalog;
  SourceMap lines;
};

// Reads one file; its problems are appended.
CatalogSource ReadCatalogSource(const std::string& name, absl::string_view yaml,
                                std::vector<ConfigProblem>* problems);

// Path of an entry in a source, and of what all entries have.
std::string EntryPath(absl::string_view id);
inline constexpr char kDefaultsPath[] = "defaults";

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CATALOG_SOURCE_H_
