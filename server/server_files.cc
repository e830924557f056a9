#include "server/server_files.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/secret.h"
#include "server/config/app_catalog_rules.h"
#include "server/config/config_sources.h"
#include "server/config/file_text.h"
#include "server/config/key_ring_file.h"
#include "server/config/server_config_defaults.h"
#include "server/config/server_config_loader.h"
#include "server/config/shipped_catalog.h"
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

// Whether the catalogues could be used is their own report, which comes with places.
std::string LoadCatalogsFor(const LoadedServerConfig& loaded, ServerFiles* files) {
  const auto& names = loaded.config.catalogs();
  absl::StatusOr<std::shared_ptr<const ProviderCatalog>> catalog =
      LoadCatalogs({names.begin(), names.end()}, loaded.base_dir,
                   loaded.config.outbound().allow_insecure_loopback());
  if (!catalog.ok()) return std::string(catalog.status().message());
  files->catalog = *std::move(catalog);
  return "";
}

void CheckTogether(const LoadedServerConfig& loaded, const ServerFiles& files, Problems* problems) {
  Problems found;
  if (files.key_ring != nullptr) {
    CheckHashKeys(loaded.config, {files.key_ids.begin(), files.key_ids.end()}, loaded.sources,
                  &found);
  }
  if (files.catalog != nullptr) {
    const ProviderCatalog* catalog = files.catalog.get();
    const CatalogView view = {[catalog](absl::string_view id) { return catalog->Find(id); },
                              catalog->Ids(), CheckInstance};
    CheckAppsAgainstCatalog(loaded.config, view, loaded.sources, &found);
  }
  AddUnexplained(std::move(found), problems);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ProviderCatalog>> LoadCatalogs(
    const std::vector<std::string>& catalogs, const std::string& base_dir,
    bool allow_insecure_loopback) {
  std::vector<ProviderCatalog::Source> sources;
  std::vector<std::string> problems;
  for (const std::string& name : catalogs) {
    if (name == kShippedCatalog) {
      sources.push_back({"shipped providers.yaml", kShippedCatalogYaml});
      continue;
    }
    const std::string path = PathFrom(base_dir, name);
    absl::StatusOr<std::string> text = ReadFileText(path);
    if (text.ok()) {
      sources.push_back({path, *std::move(text)});
    } else {
      problems.push_back(absl::StrCat(path, ": ", text.status().message()));
    }
  }
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
  return ProviderCatalog::Parse(sources, allow_insecure_loopback);
}

absl::StatusOr<ServerFiles> LoadServerFiles(const std::string& config_path,
                                            const Environment& environment) {
  ServerFiles files;
  Problems problems;
  LoadedServerConfig loaded = LoadServerConfig(config_path, environment, &problems);
  std::string catalog_problems;
  // Without a configuration nothing says where the rest is.
  if (!loaded.sources.file.empty()) {
    LoadKeys(loaded, &files, &problems);
    catalog_problems = LoadCatalogsFor(loaded, &files);
    CheckTogether(loaded, files, &problems);
  }
  std::string all(ProblemsToStatus(std::move(problems)).message());
  if (!catalog_problems.empty()) absl::StrAppend(&all, all.empty() ? "" : "\n", catalog_problems);
  if (!all.empty()) return absl::InvalidArgumentError(all);
  files.config = std::move(loaded.config);
  files.base_dir = std::move(loaded.base_dir);
  files.exposed = std::move(loaded.exposed);
  return files;
}

}  // namespace evertoken
