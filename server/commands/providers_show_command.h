#ifndef EVERTOKEN_SERVER_COMMANDS_PROVIDERS_SHOW_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_PROVIDERS_SHOW_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `providers show`: an entry of the catalogue with everything it inherits, and where each value was written.
Command ProvidersShowCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_PROVIDERS_SHOW_COMMAND_H_
