#ifndef EVERTOKEN_SERVER_CONFIG_SERVER_CONFIG_DEFAULTS_H_
#define EVERTOKEN_SERVER_CONFIG_SERVER_CONFIG_DEFAULTS_H_

#include "evertoken/config/v1/server_config.pb.h"

namespace evertoken {

// The catalogue that is built into the server, by the name that `catalogs` gives it.
inline constexpr char kShippedCatalog[] = "shipped";

// Writes the documented default into every field that was left out, so that no reader has to know one. Left empty are fields
// whose absence is a value (`tls`, `refresh_window`, `absolute_lifetime`), and `web.public_url` while the port is not known (0).
void FillDefaults(config::v1::ServerConfig* config);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_SERVER_CONFIG_DEFAULTS_H_
