#include "server/provider/provider_catalog.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/provider/catalog_checker.h"
#include "server/provider/catalog_defaults.h"
#include "server/provider/catalog_resolver.h"
#include "server/provider/catalog_source.h"
#include "server/provider/unused_parameters.h"

namespace evertoken {
namespace {

using config::v1::Provider;

// Each problem once, in the order of the files: a value that several entries inherit is wrong in one place.
std::vector<ConfigProblem> InOrder(std::vector<ConfigProblem> problems) {
  std::stable_sort(problems.begin(), problems.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) {
                     return std::tie(a.file, a.line) < std::tie(b.file, b.line);
                   });
  std::vector<ConfigProblem> ordered;
  std::set<std::tuple<std::string, int, std::string>> seen;
  for (ConfigProblem& problem : problems) {
    const bool known =
        problem.line > 0 && !seen.emplace(problem.file, problem.line, problem.what).second;
    if (!known) ordered.push_back(std::move(problem));
  }
  return ordered;
}

// What a value that could not be read leads to is no news.
void AppendBesides(std::vector<ConfigProblem> more, std::vector<ConfigProblem>* problems) {
  std::set<std::pair<std::string, int>> told;
  for (const ConfigProblem& problem : *problems) told.emplace(problem.file, problem.line);
  for (ConfigProblem& problem : more) {
    if (told.count({problem.file, problem.line}) == 0) problems->push_back(std::move(problem));
  }
}

bool IsWithin(absl::string_view path, absl::string_view whole) {
  return absl::ConsumePrefix(&path, whole) &&
         (path.empty() || path.front() == '.' || path.front() == '[');
}

// Whether a problem of reading concerns one entry alone.
bool IsOfAnEntry(const ConfigProblem& problem, const std::vector<CatalogSource>& sources) {
  for (const CatalogSource& source : sources) {
    if (source.name != problem.file) continue;
    for (const auto& [id, unused] : source.catalog.providers()) {
      if (IsWithin(problem.path, EntryPath(id))) return true;
    }
  }
  return false;
}

// Whether a part of the entry could not be read.
bool IsTouched(const ResolvedEntry& entry, const std::vector<ConfigProblem>& unread) {
  for (const ConfigProblem& problem : unread) {
    for (const ResolvedEntry::Origin& origin : entry.origins) {
      if (problem.file == origin.source->name && IsWithin(problem.path, origin.path)) return true;
    }
  }
  return false;
}

std::set<std::string> IdsOf(const std::vector<CatalogSource>& sources) {
  std::set<std::string> ids;
  for (const CatalogSource& source : sources) {
    for (const auto& [id, unused] : source.catalog.providers()) ids.insert(id);
  }
  return ids;
}

}  // namespace

LoadedCatalog ProviderCatalog::Read(const std::vector<Source>& sources,
                                    bool allow_insecure_loopback) {
  std::vector<ConfigProblem> unread;
  std::vector<CatalogSource> read;
  for (const Source& source : sources)
    read.push_back(ReadCatalogSource(source.name, source.yaml, &unread));
  std::vector<ConfigProblem> found;
  std::vector<ResolvedEntry> entries = ResolveCatalog(read, &found);
  const auto spoils_all = [&read](const ConfigProblem& problem) {
    return !IsOfAnEntry(problem, read);
  };
  const bool usable = std::none_of(unread.begin(), unread.end(), spoils_all) &&
                      std::none_of(found.begin(), found.end(), spoils_all);
  config::v1::ProviderCatalog catalog;
  std::set<std::string> disabled = IdsOf(read);
  for (ResolvedEntry& entry : entries) {
    const size_t before = found.size();
    FillDefaults(&entry.provider);
    CheckEntry(entry, allow_insecure_loopback, &found);
    DropUnusedParameters(&entry.provider);
    if (found.size() > before || IsTouched(entry, unread)) continue;
    disabled.erase(entry.id);
    (*catalog.mutable_providers())[entry.id] = std::move(entry.provider);
  }
  AppendBesides(std::move(found), &unread);
  LoadedCatalog loaded;
  loaded.problems = InOrder(std::move(unread));
  if (usable) loaded.catalog.reset(new ProviderCatalog(std::move(catalog), std::move(disabled)));
  return loaded;
}

absl::StatusOr<std::shared_ptr<const ProviderCatalog>> ProviderCatalog::Parse(
    const std::vector<Source>& sources, bool allow_insecure_loopback) {
  LoadedCatalog loaded = Read(sources, allow_insecure_loopback);
  if (loaded.problems.empty()) return std::move(loaded.catalog);
  return absl::InvalidArgumentError(absl::StrJoin(
      loaded.problems, "\n",
      [](std::string* out, const ConfigProblem& problem) { out->append(problem.ToString()); }));
}

const Provider* ProviderCatalog::Find(absl::string_view id) const {
  const auto found = catalog_.providers().find(std::string(id));
  return found == catalog_.providers().end() ? nullptr : &found->second;
}

std::vector<std::string> ProviderCatalog::Ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, unused] : catalog_.providers()) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace evertoken
