#ifndef EVERTOKEN_SERVER_SERVER_FILES_H_
#define EVERTOKEN_SERVER_SERVER_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
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
  std::shared_ptr<const ProviderCatalog> catalog;
  std::vector<ExposedFile> exposed;  // files with secrets that others may read: to be warned of
};

// Reads the configuration, the key ring and the catalogues that it names, and holds them against each other. INVALID_ARGUMENT with
// every problem of all of them, a line each.
absl::StatusOr<ServerFiles> LoadServerFiles(const std::string& config_path,
                                            const Environment& environment);

// Reads catalogues by path, or by the name `shipped`; relative paths count from `base_dir`.
absl::StatusOr<std::shared_ptr<const ProviderCatalog>> LoadCatalogs(
    const std::vector<std::string>& catalogs, const std::string& base_dir,
    bool allow_insecure_loopback);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_SERVER_FILES_H_
