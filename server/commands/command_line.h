#ifndef EVERTOKEN_SERVER_COMMANDS_COMMAND_LINE_H_
#define EVERTOKEN_SERVER_COMMANDS_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "server/commands/command.h"

namespace evertoken {

// Finds the command that `words` (argv without the program) name, and runs it or prints its help; gives the exit code. Knows
// `--help`, `help`, `--version` beside `commands`.
int RunCommandLine(const std::vector<Command>& commands, const std::vector<std::string>& words,
                   CommandIo* io);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_COMMAND_LINE_H_
