#include "server/provider/catalog_source.h"

namespace evertoken {

CatalogSource ReadCatalogSource(const std::string& name, absl::string_view yaml,
                                std::vector<ConfigProblem>* problems) {
  CatalogSource source;
  source.name = name;
  YamlOptions options;
  options.short_forms = {
      {"evertoken.config.v1.Provider.FieldMapping", "candidates"},
      {"evertoken.config.v1.Provider.Candidate", "pointer"},
      {"evertoken.config.v1.Provider.ErrorRule.Values", "any_of"},
  };
  ReadYaml(yaml, name, options, &source.catalog, &source.lines, problems);
  return source;
}

std::string EntryPath(absl::string_view id) { return MemberPath("providers", id); }

}  // namespace evertoken
