#ifndef EVERTOKEN_SERVER_COMMANDS_PROVIDERS_CHECK_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_PROVIDERS_CHECK_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `providers check`: all that is wrong with catalogue files.
Command ProvidersCheckCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_PROVIDERS_CHECK_COMMAND_H_
