#include "server/commands/providers_list_command.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/config/server_config_defaults.h"
#include "server/server_files.h"

namespace evertoken {
namespace {

using config::v1::Provider;

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

void PrintEntry(const std::string& id, const Provider& entry, size_t id_width, size_t name_width,
                std::ostream* out) {
  const auto pad = [](const std::string& text, size_t width) {
    return text + std::string(width - text.size() + 2, ' ');
  };
  *out << pad(id, id_width) << pad(entry.display_name(), name_width) << RenewalText(entry) << "\n";
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
  std::vector<std::string> names = arguments.GetAll("catalog");
  if (names.empty()) names.push_back(kShippedCatalog);
  const absl::StatusOr<std::shared_ptr<const ProviderCatalog>> catalog =
      LoadCatalogs(names, ".", arguments.Has("allow-insecure-loopback"));
  if (!catalog.ok()) {
    *io->err << std::string(catalog.status().message()) << "\n";
    return kExitFailed;
  }
  size_t id_width = 0, name_width = 0;
  for (const std::string& id : (*catalog)->Ids()) {
    id_width = std::max(id_width, id.size());
    name_width = std::max(name_width, (*catalog)->Find(id)->display_name().size());
  }
  for (const std::string& id : (*catalog)->Ids())
    PrintEntry(id, *(*catalog)->Find(id), id_width, name_width, io->out);
  return kExitDone;
}

}  // namespace

Command ProvidersListCommand() {
  return {
      .name = "providers list",
      .summary = "Lists the known providers and what each needs.",
      .description =
          "Lists the providers of the catalogue: the id that `apps[].providers` uses, the name, "
          "how tokens are renewed, and\n"
          "the instance parameters that an app must or may give. With --catalog the files are "
          "checked and listed in place\n"
          "of the catalogue that is built in; later files override and add entries.",
      .example = "evertoken providers list --catalog shipped --catalog my-providers.yaml",
      .flags = {{"catalog", "FILE", "A catalogue, YAML; `shipped` is the one built in.", false,
                 true},
                {"allow-insecure-loopback", "",
                 "Accepts http providers on loopback, as `outbound.allow_insecure_loopback` does.",
                 false, false}},
      .run = Run,
  };
}

}  // namespace evertoken
