#ifndef EVERTOKEN_SERVER_COMMANDS_VERSION_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_VERSION_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `version`: says which release this is.
Command VersionCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_VERSION_COMMAND_H_
