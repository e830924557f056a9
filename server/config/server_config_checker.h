#ifndef EVERTOKEN_SERVER_CONFIG_SERVER_CONFIG_CHECKER_H_
#define EVERTOKEN_SERVER_CONFIG_SERVER_CONFIG_CHECKER_H_

#include <vector>

#include "evertoken/config/v1/server_config.pb.h"
#include "server/config/config_sources.h"

namespace evertoken {

// Every rule that server_config.proto states and that the configuration can be held against by itself: what is required, ranges,
// shapes, uniqueness, plaintext only where it is permitted. `config` has its defaults filled in. All problems are appended.
void CheckServerConfig(const config::v1::ServerConfig& config, const ConfigSources& sources,
                       std::vector<ConfigProblem>* problems);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_SERVER_CONFIG_CHECKER_H_
