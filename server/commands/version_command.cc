#include "server/commands/version_command.h"

#include <ostream>

#include "server/version.h"

namespace evertoken {
namespace {

int Run(const Arguments&, CommandIo* io) {
  *io->out << "evertoken " << kVersion << "\n";
  return kExitDone;
}

}  // namespace

Command VersionCommand() {
  return {
      .name = "version",
      .summary = "Prints the version.",
      .description = "Prints the name and version of this program.",
      .example = "evertoken version",
      .flags = {},
      .run = Run,
  };
}

}  // namespace evertoken
