#include "server/commands/providers_show_command.h"

#include <ostream>
#include <string>

#include "server/commands/catalog_flags.h"
#include "server/provider_tools.h"

namespace evertoken {
namespace {

int Run(const Arguments& arguments, CommandIo* io) {
  const absl::StatusOr<std::string> text =
      ExplainProvider(CatalogsOf(arguments), arguments.Get("id"));
  if (!text.ok()) {
    *io->err << "evertoken providers show: " << std::string(text.status().message())
             << "\n`evertoken providers list` lists all entries.\n";
    return kExitFailed;
  }
  *io->out << *text;
  return kExitDone;
}

}  // namespace

Command ProvidersShowCommand() {
  return {
      .name = "providers show",
      .summary = "Prints an entry of the catalogue in full, with the place of every value.",
      .description =
          "Prints an entry as YAML with everything it inherits. Behind each value stands the file "
          "and line it comes from, or\n"
          "`default`. What it prints is a catalogue again.",
      .example = "evertoken providers show oidc --catalog shipped --catalog my-providers.yaml",
      .flags = {{"id", "ID", "The entry's id.", true, false, true}, CatalogFlag()},
      .run = Run,
  };
}

}  // namespace evertoken
