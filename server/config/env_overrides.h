#ifndef EVERTOKEN_SERVER_CONFIG_ENV_OVERRIDES_H_
#define EVERTOKEN_SERVER_CONFIG_ENV_OVERRIDES_H_

#include <vector>

#include "server/config/config_sources.h"
#include "server/config/environment.h"
#include "server/config/yaml_message.h"

namespace evertoken {

// Sets every field of `message` that an environment variable names: EVERTOKEN_ and the field's path in upper case, `__` between
// the parts. What the variable says wins over what the message held.
//
//   EVERTOKEN_STORE__REDIS__PASSWORD=…                  a field
//   EVERTOKEN_APPS__0__REDIRECT_URIS__1=…               an element of a list, by index; the next free index appends
//   EVERTOKEN_APPS__0__PROVIDERS__MY_OIDC__CLIENT_ID=…  an entry of a map; `-` in a key is written `_`
//   EVERTOKEN_STORE__MEMORY={}                          a section without settings
//
// A name that leads nowhere is a problem that tells the nearest known one, so that a misspelt override is not silently ignored.
// Left alone are the variables that container platforms set for a service called evertoken (EVERTOKEN_SERVICE_HOST,
// EVERTOKEN_PORT_8443_TCP_ADDR and so on) and EVERTOKEN_DEPS, which belongs to the build.
//
// Values are never repeated in problems: they may be secrets.
void ApplyEnvOverrides(const Environment& environment, google::protobuf::Message* message,
                       ConfigSources* sources, std::vector<ConfigProblem>* problems);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_ENV_OVERRIDES_H_
