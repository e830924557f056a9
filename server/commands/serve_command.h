#ifndef EVERTOKEN_SERVER_COMMANDS_SERVE_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_SERVE_COMMAND_H_

#include "server/commands/command.h"
#include "server/server_decorators.h"

namespace evertoken {

// `serve`: runs the server until it is told to stop.
Command ServeCommand();

// What it does, with the server's parts decorated.
int Serve(const Arguments& arguments, CommandIo* io, ServerDecorators decorators);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_SERVE_COMMAND_H_
