#ifndef EVERTOKEN_SERVER_COMMANDS_PROVIDERS_TEST_COMMAND_H_
#define EVERTOKEN_SERVER_COMMANDS_PROVIDERS_TEST_COMMAND_H_

#include "server/commands/command.h"

namespace evertoken {

// `providers test`: the recorded cases of an entry.
Command ProvidersTestCommand();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_COMMANDS_PROVIDERS_TEST_COMMAND_H_
