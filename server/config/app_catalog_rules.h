#ifndef EVERTOKEN_SERVER_CONFIG_APP_CATALOG_RULES_H_
#define EVERTOKEN_SERVER_CONFIG_APP_CATALOG_RULES_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/config/config_sources.h"

namespace evertoken {

// What the apps' providers must satisfy by the catalogue.
struct CatalogView {
  std::function<const config::v1::Provider*(absl::string_view id)> find;  // null: no such entry
  std::vector<std::string> ids;
  // Whether a client says what the entry's instance parameters want; the message says what is wrong.
  std::function<absl::Status(const config::v1::Provider& entry,
                             const config::v1::ProviderClient& client)>
      check_instance;
  // Entries that have problems of their own, which their users do not have in addition.
  std::set<std::string> disabled = {};
};

// Every provider of an app stands in the catalogue, has the instance parameters that its entry wants, and a client secret unless
// the entry's clients may be public.
void CheckAppsAgainstCatalog(const config::v1::ServerConfig& config, const CatalogView& catalog,
                             const ConfigSources& sources, std::vector<ConfigProblem>* problems);

// Every secret hash was made by a key that is in the key ring; a hash of a lost key would match no secret ever.
void CheckHashKeys(const config::v1::ServerConfig& config, const std::set<std::string>& key_ids,
                   const ConfigSources& sources, std::vector<ConfigProblem>* problems);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_APP_CATALOG_RULES_H_
