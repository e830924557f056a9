#ifndef EVERTOKEN_SERVER_SERVER_FILES_H_
#define EVERTOKEN_SERVER_SERVER_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/catalog_files.h"
#include "server/config/config_sources.h"
#include "server/config/environment.h"
#include "server/config/exposed_files.h"
#include "server/provider/provider_catalog.h"
#include "server/store/key_ring.h"

namespace evertoken {

// All that a server is started from.
struct ServerFiles {
  config::v1::ServerConfig config;  // complete and checked
  std::string base_dir;             // the folder that the configuration's relative paths count from
  std::unique_ptr<KeyRing> key_ring;
  std::vector<std::string> key_ids;  // of the ring, in its order
  LoadedCatalog catalog;             // without the entries that have problems; never null
  CatalogFiles catalog_files;
  std::string catalog_fingerprint;   // of the files, from before they were read
  ConfigSources sources;             // where the configuration's values were written
  std::vector<ExposedFile> exposed;  // files with secrets that others may read: to be warned of
};

// Reads the configuration, the key ring and the catalogues that it names, and holds them against each other. INVALID_ARGUMENT with
// every problem of all of them, a line each, when there is one beside those of single catalogue entries.
absl::StatusOr<ServerFiles> LoadServerFiles(const std::string& config_path,
                                            const Environment& environment);

// Reads the catalogues again and holds them against the apps.
LoadedCatalog ReloadCatalogs(const config::v1::ServerConfig& config, const ConfigSources& sources,
                             const CatalogFiles& files);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_SERVER_FILES_H_
