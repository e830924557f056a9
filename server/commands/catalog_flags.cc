#include "server/commands/catalog_flags.h"

#include <utility>

#include "server/config/server_config_defaults.h"

namespace evertoken {

Flag CatalogFlag() {
  return {"catalog", "FILE",
          "A catalogue, YAML; `shipped` is the one built in. Later ones override and add entries.",
          false, true};
}

Flag InsecureLoopbackFlag() {
  return {"allow-insecure-loopback", "",
          "Accepts http providers on loopback, as `outbound.allow_insecure_loopback` does.", false,
          false};
}

CatalogFiles CatalogsOf(const Arguments& arguments) {
  std::vector<std::string> names = arguments.GetAll("catalog");
  if (names.empty()) names.emplace_back(kShippedCatalog);
  return {std::move(names), ".", arguments.Has("allow-insecure-loopback")};
}

}  // namespace evertoken
