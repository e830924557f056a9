#ifndef EVERTOKEN_SERVER_COMMANDS_KEYS_GENERATE_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_KEYS_GENERATE_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `keys generate`: makes a key ring.
Command KeysGenerateCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_KEYS_GENERATE_COMMAND_H_
