#include "server/config/app_catalog_rules.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "server/config/nearest_name.h"
#include "server/config/rule_reporter.h"

namespace evertoken {
namespace {

using config::v1::Provider;
using config::v1::ProviderClient;

std::string UnknownProvider(const std::string& id, const CatalogView& catalog) {
  const std::string nearest = NearestName(id, catalog.ids, 3);
  if (!nearest.empty())
    return absl::StrCat("stands in no catalogue; did you mean `", nearest, "`?");
  return "stands in no catalogue; `evertoken providers list` shows what does";
}

// Whether the entry leaves open that a client has no secret.
bool MayBePublic(const Provider& entry) {
  const auto kind = entry.client_authentication().kind();
  using Authentication = Provider::ClientAuthentication;
  if (kind == Authentication::KIND_NONE || kind == Authentication::KIND_BY_DISCOVERY) return true;
  return kind == Authentication::KIND_UNSPECIFIED && !entry.issuer().empty();
}

}  // namespace

void CheckAppsAgainstCatalog(const config::v1::ServerConfig& config, const CatalogView& catalog,
                             const ConfigSources& sources, std::vector<ConfigProblem>* problems) {
  RuleReporter reporter(&sources, problems);
  for (int i = 0; i < config.apps_size(); ++i) {
    // Sorted, so that problems come in the same order every time.
    const std::map<std::string, ProviderClient> clients(config.apps(i).providers().begin(),
                                                        config.apps(i).providers().end());
    for (const auto& [id, client] : clients) {
      const std::string path = absl::StrCat("apps[", i, "].providers.", id);
      if (catalog.disabled.count(id) > 0) continue;
      const Provider* entry = catalog.find(id);
      if (entry == nullptr) {
        reporter.Problem(path, UnknownProvider(id, catalog));
        continue;
      }
      reporter.Expect(absl::StrCat(path, ".instance"), catalog.check_instance(*entry, client));
      if (client.client_secret().empty() && !MayBePublic(*entry)) {
        reporter.Problem(absl::StrCat(path, ".client_secret"),
                         "is required: this provider has no public clients");
      }
    }
  }
}

void CheckHashKeys(const config::v1::ServerConfig& config, const std::set<std::string>& key_ids,
                   const ConfigSources& sources, std::vector<ConfigProblem>* problems) {
  RuleReporter reporter(&sources, problems);
  for (int i = 0; i < config.apps_size(); ++i) {
    for (int h = 0; h < config.apps(i).secret_hashes_size(); ++h) {
      const std::string& hash = config.apps(i).secret_hashes(h);
      const size_t dot = hash.find('.');
      // Only the key's id is looked at and repeated; what has no dot was refused before.
      if (dot == std::string::npos || key_ids.count(hash.substr(0, dot)) > 0) continue;
      reporter.Problem(
          absl::StrCat("apps[", i, "].secret_hashes[", h, "]"),
          "was made by a key that is not in the key ring: hash the secret again with this ring");
    }
  }
}

}  // namespace evertoken
