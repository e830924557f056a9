#ifndef EVERTOKEN_SERVER_COMMANDS_SERVE_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_SERVE_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `serve`: runs the server until it is told to stop.
Command ServeCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_SERVE_COMMAND_H_
