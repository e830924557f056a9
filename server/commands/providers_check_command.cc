#include "server/commands/providers_check_command.h"

#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/commands/catalog_flags.h"
#include "server/config/server_config_defaults.h"

namespace evertoken {
namespace {

using config::v1::Provider;

std::string Warning(const Provider& entry) {
  const Provider::Lifecycle& lifecycle = entry.lifecycle();
  std::string text;
  if (lifecycle.state() == Provider::Lifecycle::STATE_DEPRECATED) text = "is deprecated";
  if (lifecycle.state() == Provider::Lifecycle::STATE_END_OF_LIFE)
    text = absl::StrCat("ends at ", lifecycle.end_date());
  if (text.empty()) return "";
  if (!lifecycle.replaced_by().empty())
    absl::StrAppend(&text, "; `", lifecycle.replaced_by(), "` takes its place");
  if (!lifecycle.note().empty()) absl::StrAppend(&text, ": ", lifecycle.note());
  return text;
}

int Run(const Arguments& arguments, CommandIo* io) {
  CatalogFiles files = {{kShippedCatalog}, ".", arguments.Has("allow-insecure-loopback")};
  for (const std::string& name : arguments.GetAll("file")) files.names.push_back(name);
  const LoadedCatalog loaded = files.Read();
  for (const ConfigProblem& problem : loaded.problems) *io->err << problem.ToString() << "\n";
  if (!loaded.problems.empty()) {
    *io->err << loaded.problems.size() << (loaded.problems.size() == 1 ? " problem" : " problems");
    if (loaded.catalog == nullptr) *io->err << "; a server would not start with these files";
    for (const std::string& id :
         loaded.catalog == nullptr ? std::set<std::string>() : loaded.catalog->disabled())
      *io->err << "; a server would disable `" << id << "`";
    *io->err << "\n";
    return kExitFailed;
  }
  for (const std::string& id : loaded.catalog->Ids()) {
    const std::string warning = Warning(*loaded.catalog->Find(id));
    if (!warning.empty()) *io->err << "warning: " << id << " " << warning << "\n";
  }
  *io->out << loaded.catalog->Ids().size() << " entries, no problems\n";
  return kExitDone;
}

}  // namespace

Command ProvidersCheckCommand() {
  return {
      .name = "providers check",
      .summary = "Says all that is wrong with catalogue files.",
      .description =
          "Reads the catalogue that is built in and the files behind it, as `catalogs: [shipped, "
          "FILE…]` would, and prints every\n"
          "problem with its file and line. Entries that their providers have given up or will are "
          "warned of. Exit code 1: problems.",
      .example = "evertoken providers check my-providers.yaml",
      .flags = {{"file", "FILE", "A catalogue of your own, YAML.", false, true, true},
                InsecureLoopbackFlag()},
      .run = Run,
  };
}

}  // namespace evertoken
