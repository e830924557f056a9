// The program `evertoken`: a server and the few commands that an operator needs around it.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "server/commands/command_line.h"
#include "server/commands/config_check_command.h"
#include "server/commands/hash_secret_command.h"
#include "server/commands/keys_generate_command.h"
#include "server/commands/providers_check_command.h"
#include "server/commands/providers_list_command.h"
#include "server/commands/providers_show_command.h"
#include "server/commands/providers_test_command.h"
#include "server/commands/providers_try_command.h"
#include "server/commands/serve_command.h"
#include "server/commands/version_command.h"

int main(int argc, char** argv) {
  const std::vector<evertoken::Command> commands = {
      evertoken::ServeCommand(),          evertoken::ConfigCheckCommand(),
      evertoken::KeysGenerateCommand(),   evertoken::HashSecretCommand(),
      evertoken::ProvidersListCommand(),  evertoken::ProvidersShowCommand(),
      evertoken::ProvidersCheckCommand(), evertoken::ProvidersTestCommand(),
      evertoken::ProvidersTryCommand(),   evertoken::VersionCommand(),
  };
  evertoken::CommandIo io;
  io.in = &std::cin;
  io.out = &std::cout;
  io.err = &std::cerr;
  io.environment = evertoken::ProcessEnvironment();
  return evertoken::RunCommandLine(
      commands, std::vector<std::string>(argv + std::min(argc, 1), argv + argc), &io);
}
