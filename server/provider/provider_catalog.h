#ifndef EVERTOKEN_SERVER_PROVIDER_PROVIDER_CATALOG_H_
#define EVERTOKEN_SERVER_PROVIDER_PROVIDER_CATALOG_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "evertoken/config/v1/provider_catalog.pb.h"
#include "server/config/yaml_message.h"

namespace evertoken {

struct LoadedCatalog;

// A checked provider catalogue: every entry complete (`extends` resolved, defaults filled in), every pointer, placeholder and
// URL valid. Immutable and thread-safe; entries live as long as the catalogue.
class ProviderCatalog {
 public:
  // One YAML file and the name it is called in messages.
  struct Source {
    std::string name;
    std::string yaml;
  };

  // Later sources override and add entries. An entry with a problem is left out, and so are those that extend it.
  // `allow_insecure_loopback`: http is accepted for loopback addresses.
  static LoadedCatalog Read(const std::vector<Source>& sources, bool allow_insecure_loopback);

  // The same, without forbearance: INVALID_ARGUMENT with every problem at once, a line each: `file:line: what`.
  static absl::StatusOr<std::shared_ptr<const ProviderCatalog>> Parse(
      const std::vector<Source>& sources, bool allow_insecure_loopback);

  // Null when there is no such entry.
  const config::v1::Provider* Find(absl::string_view id) const;

  // Whether a source has the entry, but with a problem, so that Find does not know it.
  bool IsDisabled(absl::string_view id) const { return disabled_.count(std::string(id)) > 0; }
  const std::set<std::string>& disabled() const { return disabled_; }

  // In alphabetical order, without those that are disabled.
  std::vector<std::string> Ids() const;

 private:
  ProviderCatalog(config::v1::ProviderCatalog catalog, std::set<std::string> disabled)
      : catalog_(std::move(catalog)), disabled_(std::move(disabled)) {}

  const config::v1::ProviderCatalog catalog_;
  const std::set<std::string> disabled_;
};

// What came of reading catalogues.
struct LoadedCatalog {
  // Null when a problem concerns more than entries: text that is no YAML, a wrong key beside them, defaults.
  std::shared_ptr<const ProviderCatalog> catalog;
  std::vector<ConfigProblem> problems;  // each once, in the order of the files
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROVIDER_CATALOG_H_
