#ifndef EVERTOKEN_SERVER_CONFIG_SERVER_CONFIG_LOADER_H_
#define EVERTOKEN_SERVER_CONFIG_SERVER_CONFIG_LOADER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/config/config_sources.h"
#include "server/config/environment.h"
#include "server/config/exposed_files.h"

namespace evertoken {

// A server configuration as it was read.
struct LoadedServerConfig {
  config::v1::ServerConfig config;   // complete: overrides applied, defaults filled in
  std::string base_dir;              // the folder that relative paths count from
  ConfigSources sources;             // where each value came from
  std::vector<ExposedFile> exposed;  // of LoadServerConfig only
};

// Reads, overrides, completes and checks a configuration. Every problem is appended to `problems`; the result may be used only
// when there is none. `file` is the name that problems give and tells the base folder.
LoadedServerConfig ParseServerConfig(absl::string_view yaml, const std::string& file,
                                     const Environment& environment,
                                     std::vector<ConfigProblem>* problems);

// The same, from a file; and the files that the configuration names (certificates, authorities) must be readable. Secrets that
// others may read are no problem but told in `exposed`.
LoadedServerConfig LoadServerConfig(const std::string& path, const Environment& environment,
                                    std::vector<ConfigProblem>* problems);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_SERVER_CONFIG_LOADER_H_
