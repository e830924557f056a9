#ifndef EVERTOKEN_SERVER_CONFIG_ENVIRONMENT_H_
#define EVERTOKEN_SERVER_CONFIG_ENVIRONMENT_H_

#include <map>
#include <string>

namespace evertoken {

// Environment variables by name. A value, so that tests need not change their own process.
using Environment = std::map<std::string, std::string>;

// The variables of this process.
Environment ProcessEnvironment();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_ENVIRONMENT_H_
