#ifndef EVERTOKEN_SERVER_COMMANDS_HASH_SECRET_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_HASH_SECRET_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `apps hash-secret`: makes an app's secret and the hash that the configuration keeps.
Command HashSecretCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_HASH_SECRET_COMMAND_H_
