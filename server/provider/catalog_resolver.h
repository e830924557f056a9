#ifndef EVERTOKEN_SERVER_PROVIDER_CATALOG_RESOLVER_H_
#define EVERTOKEN_SERVER_PROVIDER_CATALOG_RESOLVER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "server/config/yaml_message.h"
#include "server/provider/catalog_source.h"

namespace evertoken {

// An entry with everything it inherits.
struct ResolvedEntry {
  // Where a part of the entry was written.
  struct Origin {
    const CatalogSource* source;
    std::string path;  // of the entry, or of the defaults
  };

  std::string id;
  config::v1::Provider provider;  // `extends` is cleared
  std::vector<Origin> origins;  // its own first, then what it extends, nearest first, then defaults
  int own_errors = 0;           // how many of `errors` are not the defaults'

  // The file and line, `file:line`, where the value at `path` inside the entry was written; nullopt: nowhere, it is a default.
  std::optional<std::string> PlaceOf(const std::string& path) const;

  // A problem at `path` inside the entry (`authorization.url`), with the file and line where that value was written.
  ConfigProblem ProblemAt(const std::string& path, std::string what) const;

 private:
  // File and line of the value at `path`, if it was written.
  std::optional<ConfigProblem> Written(const std::string& path) const;
};

// The entries by id, those of later sources in place of earlier ones. An entry that extends its own id extends the one it takes
// the place of. What neither an entry nor its bases say comes from the sources' `defaults`, whose error rules go behind its own.
// Unknown bases and cycles are appended to `problems`; such entries are left out. `sources` must outlive the result.
std::vector<ResolvedEntry> ResolveCatalog(const std::vector<CatalogSource>& sources,
                                          std::vector<ConfigProblem>* problems);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_CATALOG_RESOLVER_H_
