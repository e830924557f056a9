#include "server/catalog_files.h"

#include <sys/stat.h>

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/config/file_text.h"
#include "server/config/server_config_defaults.h"
#include "server/config/shipped_catalog.h"

namespace evertoken {

std::vector<ProviderCatalog::Source> CatalogFiles::Sources(
    std::vector<ConfigProblem>* unreadable) const {
  std::vector<ProviderCatalog::Source> sources;
  for (const std::string& name : names) {
    if (name == kShippedCatalog) {
      sources.push_back({"shipped providers.yaml", kShippedCatalogYaml});
      continue;
    }
    const std::string path = PathFrom(base_dir, name);
    absl::StatusOr<std::string> text = ReadFileText(path);
    if (text.ok()) {
      sources.push_back({path, *std::move(text)});
    } else {
      unreadable->push_back({path, 0, "", std::string(text.status().message())});
    }
  }
  return sources;
}

LoadedCatalog CatalogFiles::Read() const {
  std::vector<ConfigProblem> unreadable;
  const std::vector<ProviderCatalog::Source> sources = Sources(&unreadable);
  // Bases may stand in what could not be read: what else is wrong nobody can tell then.
  if (!unreadable.empty()) return {nullptr, std::move(unreadable)};
  return ProviderCatalog::Read(sources, allow_insecure_loopback);
}

std::string CatalogFiles::Fingerprint() const {
  std::string print;
  for (const std::string& name : names) {
    if (name == kShippedCatalog) continue;
    struct stat found = {};
    if (stat(PathFrom(base_dir, name).c_str(), &found) != 0) found = {};
    absl::StrAppend(&print, found.st_dev, " ", found.st_ino, " ", found.st_size, " ",
                    found.st_mtim.tv_sec, " ", found.st_mtim.tv_nsec, ";");
  }
  return print;
}

}  // namespace evertoken
