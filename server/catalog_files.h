#ifndef EVERTOKEN_SERVER_CATALOG_FILES_H_
#define EVERTOKEN_SERVER_CATALOG_FILES_H_

#include <string>
#include <vector>

#include "server/provider/provider_catalog.h"

namespace evertoken {

// Where the provider catalogues are: the shipped one and the operator's own files.
struct CatalogFiles {
  std::vector<std::string>
      names;             // paths, or the name `shipped`; later ones override and add entries
  std::string base_dir;  // relative paths count from it
  bool allow_insecure_loopback = false;

  // What the files say. Those that cannot be read are appended to `unreadable`.
  std::vector<ProviderCatalog::Source> Sources(std::vector<ConfigProblem>* unreadable) const;

  // Reads all of them. A file that cannot be read is a problem that leaves no catalogue.
  LoadedCatalog Read() const;

  // What tells that a file is another than it was: device, inode, size and time of the last change of each, so that a file which
  // was swapped for another by a rename or by a link is noticed as well as one that was written to.
  std::string Fingerprint() const;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CATALOG_FILES_H_
