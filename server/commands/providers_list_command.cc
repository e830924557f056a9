#include "server/commands/providers_list_command.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/json_text.h"
#include "server/commands/catalog_flags.h"
#include "server/config/config_sources.h"

namespace evertoken {
namespace {

using config::v1::Provider;

constexpr size_t kStateWidth = 15;  // of `ends 2026-09-30`

const char* RenewalText(const Provider& entry) {
  switch (entry.renewal().kind()) {
    case Provider::Renewal::KIND_REFRESH_TOKEN_GRANT:
      return "refresh token";
    case Provider::Renewal::KIND_EXCHANGE_ACCESS_TOKEN:
      return "exchange of a living token";
    case Provider::Renewal::KIND_LIVENESS_CHECK:
      return "token without expiry";
    default:
      return "none";
  }
}

std::string StateText(const Provider::Lifecycle& lifecycle) {
  switch (lifecycle.state()) {
    case Provider::Lifecycle::STATE_DEPRECATED:
      return "deprecated";
    case Provider::Lifecycle::STATE_END_OF_LIFE:
      return absl::StrCat("ends ", lifecycle.end_date());
    default:
      return "active";
  }
}

void PrintJson(const ProviderCatalog& catalog, std::ostream* out) {
  const char* separator = "[";
  for (const std::string& id : catalog.Ids()) {
    const Provider& entry = *catalog.Find(id);
    *out << separator << "\n  {\"id\": " << JsonQuote(id)
         << ", \"display_name\": " << JsonQuote(entry.display_name())
         << ", \"state\": " << JsonQuote(StateText(entry.lifecycle()))
         << ", \"renewal\": " << JsonQuote(RenewalText(entry)) << "}";
    separator = ",";
  }
  *out << "\n]\n";
}

void PrintEntry(const std::string& id, const Provider& entry, size_t id_width, size_t name_width,
                std::ostream* out) {
  const auto pad = [](const std::string& text, size_t width) {
    return text + std::string(width - text.size() + 2, ' ');
  };
  *out << pad(id, id_width) << pad(entry.display_name(), name_width)
       << pad(StateText(entry.lifecycle()), kStateWidth) << RenewalText(entry) << "\n";
  const std::map<std::string, Provider::InstanceParameter> parameters(
      entry.instance_parameters().begin(), entry.instance_parameters().end());
  for (const auto& [name, parameter] : parameters) {
    const std::string need = parameter.default_value().empty()
                                 ? "required"
                                 : absl::StrCat("default ", parameter.default_value());
    *out << std::string(id_width + 2, ' ') << "instance." << name << " (" << need << ")"
         << (parameter.description().empty() ? "" : ": ") << parameter.description() << "\n";
  }
}

int Run(const Arguments& arguments, CommandIo* io) {
  const LoadedCatalog loaded = CatalogsOf(arguments).Read();
  const absl::Status problems = ProblemsToStatus(loaded.problems);
  if (!problems.ok()) {
    *io->err << std::string(problems.message()) << "\n";
    return kExitFailed;
  }
  const ProviderCatalog& catalog = *loaded.catalog;
  if (arguments.Has("json")) {
    PrintJson(catalog, io->out);
    return kExitDone;
  }
  size_t id_width = 0, name_width = 0;
  for (const std::string& id : catalog.Ids()) {
    id_width = std::max(id_width, id.size());
    name_width = std::max(name_width, catalog.Find(id)->display_name().size());
  }
  for (const std::string& id : catalog.Ids())
    PrintEntry(id, *catalog.Find(id), id_width, name_width, io->out);
  return kExitDone;
}

}  // namespace

Command ProvidersListCommand() {
  return {
      .name = "providers list",
      .summary = "Lists the known providers and what each needs.",
      .description =
          "Lists the providers of the catalogue: the id that `apps[].providers` uses, the name, "
          "whether it is there to stay, how\n"
          "tokens are renewed, and the instance parameters that an app must or may give. With "
          "--catalog the files are "
          "checked and listed in place\n"
          "of the catalogue that is built in; later files override and add entries.",
      .example = "evertoken providers list --catalog shipped --catalog my-providers.yaml",
      .flags = {CatalogFlag(),
                {"json", "", "Prints an array of objects for programs instead.", false, false},
                InsecureLoopbackFlag()},
      .run = Run,
  };
}

}  // namespace evertoken
