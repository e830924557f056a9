#ifndef EVERTOKEN_SERVER_COMMANDS_PROVIDERS_TRY_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_PROVIDERS_TRY_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `providers try`: a login by hand at the real provider.
Command ProvidersTryCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_PROVIDERS_TRY_COMMAND_H_
