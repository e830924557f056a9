#include "server/commands/providers_test_command.h"

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/commands/catalog_flags.h"
#include "server/provider_tools.h"

namespace evertoken {
namespace {

// Where the package puts the cases of the shipped entries.
constexpr char kInstalledCases[] = "/usr/share/evertoken/cases";

int Run(const Arguments& arguments, CommandIo* io) {
  const std::string id = arguments.Get("id");
  const std::string path = absl::StrCat(arguments.Get("cases", kInstalledCases), "/", id, ".yaml");
  const absl::StatusOr<std::vector<CaseOutcome>> outcomes =
      ReplayCases(CatalogsOf(arguments), id, path);
  if (!outcomes.ok()) {
    *io->err << "evertoken providers test: " << std::string(outcomes.status().message()) << "\n";
    return absl::IsNotFound(outcomes.status()) ? kExitMisused : kExitFailed;
  }
  size_t failed = 0;
  for (const CaseOutcome& outcome : *outcomes) {
    const bool passed = outcome.failures.empty();
    failed += passed ? 0 : 1;
    *io->out << (passed ? "passed  " : "FAILED  ") << outcome.situation << ": " << outcome.name
             << "\n";
    for (const std::string& failure : outcome.failures) *io->out << "        " << failure << "\n";
  }
  *io->out << id << ": " << outcomes->size() - failed << " passed, " << failed << " failed\n";
  return failed == 0 ? kExitDone : kExitFailed;
}

}  // namespace

Command ProvidersTestCommand() {
  return {
      .name = "providers test",
      .summary = "Replays the recorded cases of an entry of the catalogue.",
      .description =
          "Plays what the provider was seen to answer to the code that speaks to it, without a "
          "network, and holds the outcome against\n"
          "what the case file FOLDER/ID.yaml expects. For entries of your own: write a case file "
          "like those of the shipped entries.\n"
          "Exit code 1: a case failed; 2: there are no cases.",
      .example = "evertoken providers test oidc",
      .flags = {{"id", "ID", "The entry's id.", true, false, true},
                {"cases", "FOLDER",
                 absl::StrCat("Where the case files are. Default: ", kInstalledCases, "."), false,
                 false},
                CatalogFlag()},
      .run = Run,
  };
}

}  // namespace evertoken
