#ifndef EVERTOKEN_SERVER_COMMANDS_PROVIDERS_LIST_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_PROVIDERS_LIST_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `providers list`: says which providers are known and what each needs.
Command ProvidersListCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_PROVIDERS_LIST_COMMAND_H_
