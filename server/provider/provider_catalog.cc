#include "server/provider/provider_catalog.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/config/yaml_document.h"
#include "server/provider/catalog_checker.h"
#include "server/provider/catalog_defaults.h"
#include "server/provider/catalog_resolver.h"
#include "server/provider/catalog_source.h"
#include "server/provider/unused_parameters.h"

namespace evertoken {
namespace {

using config::v1::Provider;

// Each problem once, in the order of the files: a value that several entries inherit is wrong in one place.
absl::Status AllProblems(std::vector<ConfigProblem> problems) {
  std::stable_sort(problems.begin(), problems.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) {
                     return std::tie(a.file, a.line) < std::tie(b.file, b.line);
                   });
  std::vector<std::string> lines;
  std::set<std::tuple<std::string, int, std::string>> seen;
  for (const ConfigProblem& problem : problems) {
    const bool known =
        problem.line > 0 && !seen.emplace(problem.file, problem.line, problem.what).second;
    if (!known) lines.push_back(problem.ToString());
  }
  return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
}

// What a value that could not be read leads to is no news.
void AppendBesides(std::vector<ConfigProblem> more, std::vector<ConfigProblem>* problems) {
  std::set<std::pair<std::string, int>> told;
  for (const ConfigProblem& problem : *problems) told.emplace(problem.file, problem.line);
  for (ConfigProblem& problem : more) {
    if (told.count({problem.file, problem.line}) == 0) problems->push_back(std::move(problem));
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be opened"));
  std::string text(kMaxYamlBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read"));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ProviderCatalog>> ProviderCatalog::Parse(
    const std::vector<Source>& sources, bool allow_insecure_loopback) {
  std::vector<ConfigProblem> problems;
  std::vector<CatalogSource> read;
  for (const Source& source : sources)
    read.push_back(ReadCatalogSource(source.name, source.yaml, &problems));
  std::vector<ConfigProblem> more;
  config::v1::ProviderCatalog catalog;
  for (ResolvedEntry& entry : ResolveCatalog(read, &more)) {
    FillDefaults(&entry.provider);
    CheckEntry(entry, allow_insecure_loopback, &more);
    DropUnusedParameters(&entry.provider);
    (*catalog.mutable_providers())[entry.id] = std::move(entry.provider);
  }
  AppendBesides(std::move(more), &problems);
  if (!problems.empty()) return AllProblems(std::move(problems));
  return std::shared_ptr<const ProviderCatalog>(new ProviderCatalog(std::move(catalog)));
}

absl::StatusOr<std::shared_ptr<const ProviderCatalog>> ProviderCatalog::Load(
    const std::vector<std::string>& paths, bool allow_insecure_loopback) {
  std::vector<Source> sources;
  std::vector<std::string> unreadable;
  for (const std::string& path : paths) {
    absl::StatusOr<std::string> yaml = ReadFile(path);
    if (yaml.ok()) {
      sources.push_back({path, *std::move(yaml)});
    } else {
      unreadable.emplace_back(yaml.status().message());
    }
  }
  if (unreadable.empty()) return Parse(sources, allow_insecure_loopback);
  const auto parsed = Parse(sources, allow_insecure_loopback);
  if (!parsed.ok()) unreadable.emplace_back(parsed.status().message());
  return absl::InvalidArgumentError(absl::StrJoin(unreadable, "\n"));
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
