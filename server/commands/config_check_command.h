#ifndef EVERTOKEN_SERVER_COMMANDS_CONFIG_CHECK_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_CONFIG_CHECK_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `config check`: says all that is wrong with a configuration, or what it amounts to.
Command ConfigCheckCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_CONFIG_CHECK_COMMAND_H_
