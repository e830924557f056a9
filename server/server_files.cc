#include "server/server_files.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/secret.h"
#include "server/config/app_catalog_rules.h"
#include "server/config/file_text.h"
#include "server/config/key_ring_file.h"
#include "server/config/server_config_loader.h"
#include "server/provider/binding_values.h"

namespace evertoken {
namespace {

using Problems = std::vector<ConfigProblem>;

void LoadKeys(const LoadedServerConfig& loaded, ServerFiles* files, Problems* problems) {
  const std::string& path = loaded.config.key_ring();
  if (path.empty()) return;  // reported as missing
  const size_t before = problems->size();
  config::v1::KeyRing ring = LoadKeyRingFile(PathFrom(loaded.base_dir, path), problems);
  if (problems->size() == before) {
    absl::StatusOr<std::unique_ptr<KeyRing>> keys = KeyRing::New(ring);
    if (keys.ok()) {
      files->key_ring = *std::move(keys);
    } else {
      problems->push_back(
          {PathFrom(loaded.base_dir, path), 0, "", std::string(keys.status().message())});
    }
  }
  for (config::v1::KeyRing::Key& key : *ring.mutable_keys()) {
    files->key_ids.push_back(key.id());
    WipeString(key.mutable_secret());
  }
}

Problems ProblemsOfApps(const config::v1::ServerConfig& config, const ConfigSources& sources,
                        const ProviderCatalog& catalog) {
  const CatalogView view = {[&catalog](absl::string_view id) { return catalog.Find(id); },
                            catalog.Ids(), CheckInstance, catalog.disabled()};
  Problems found;
  CheckAppsAgainstCatalog(config, view, sources, &found);
  return found;
}

void LoadCatalogsFor(const LoadedServerConfig& loaded, ServerFiles* files) {
  const auto& names = loaded.config.catalogs();
  files->catalog_files = {{names.begin(), names.end()},
                          loaded.base_dir,
                          loaded.config.outbound().allow_insecure_loopback()};
  files->catalog_fingerprint = files->catalog_files.Fingerprint();
  files->catalog = files->catalog_files.Read();
}

void CheckTogether(const LoadedServerConfig& loaded, const ServerFiles& files, Problems* problems) {
  Problems found;
  if (files.key_ring != nullptr) {
    CheckHashKeys(loaded.config, {files.key_ids.begin(), files.key_ids.end()}, loaded.sources,
                  &found);
  }
  if (files.catalog.catalog != nullptr) {
    const Problems of_apps = ProblemsOfApps(loaded.config, loaded.sources, *files.catalog.catalog);
    found.insert(found.end(), of_apps.begin(), of_apps.end());
  }
  AddUnexplained(std::move(found), problems);
}

// Problems of single entries are not in the way of serving, but belong to a full account of what is wrong.
std::string AllLines(Problems problems, const Problems& of_catalog) {
  std::string all(ProblemsToStatus(std::move(problems)).message());
  for (const ConfigProblem& problem : of_catalog)
    absl::StrAppend(&all, all.empty() ? "" : "\n", problem.ToString());
  return all;
}

}  // namespace

LoadedCatalog ReloadCatalogs(const config::v1::ServerConfig& config, const ConfigSources& sources,
                             const CatalogFiles& files) {
  LoadedCatalog loaded = files.Read();
  if (loaded.catalog == nullptr) return loaded;
  for (ConfigProblem& problem : ProblemsOfApps(config, sources, *loaded.catalog))
    loaded.problems.push_back(std::move(problem));
  return loaded;
}

absl::StatusOr<ServerFiles> LoadServerFiles(const std::string& config_path,
                                            const Environment& environment) {
  ServerFiles files;
  Problems problems;
  LoadedServerConfig loaded = LoadServerConfig(config_path, environment, &problems);
  // Without a configuration nothing says where the rest is.
  if (!loaded.sources.file.empty()) {
    LoadKeys(loaded, &files, &problems);
    LoadCatalogsFor(loaded, &files);
    CheckTogether(loaded, files, &problems);
  }
  if (!problems.empty() || files.catalog.catalog == nullptr) {
    return absl::InvalidArgumentError(AllLines(std::move(problems), files.catalog.problems));
  }
  files.config = std::move(loaded.config);
  files.base_dir = std::move(loaded.base_dir);
  files.sources = std::move(loaded.sources);
  files.exposed = std::move(loaded.exposed);
  return files;
}

}  // namespace evertoken
