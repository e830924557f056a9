#ifndef EVERTOKEN_SERVER_PROVIDER_PROVIDER_CATALOG_H_
#define EVERTOKEN_SERVER_PROVIDER_PROVIDER_CATALOG_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "evertoken/config/v1/provider_catalog.pb.h"

namespace evertoken {

// A checked provider catalogue: every entry complete (`extends` resolved, defaults filled in), every pointer, placeholder and
// URL valid. Immutable and thread-safe; entries live as long as the catalogue.
class ProviderCatalog {
 public:
  // One YAML file and the name it is called in messages.
  struct Source {
    std::string name;
    std::string yaml;
  };

  // Later sources override and add entries. INVALID_ARGUMENT with every problem at once, a line each: `file:line: what`.
  // `allow_insecure_loopback`: http is accepted for loopback addresses.
  static absl::StatusOr<std::shared_ptr<const ProviderCatalog>> Parse(
      const std::vector<Source>& sources, bool allow_insecure_loopback);

  // Reads the files and parses them.
  static absl::StatusOr<std::shared_ptr<const ProviderCatalog>> Load(
      const std::vector<std::string>& paths, bool allow_insecure_loopback);

  // Null when there is no such entry.
  const config::v1::Provider* Find(absl::string_view id) const;

  // In alphabetical order.
  std::vector<std::string> Ids() const;

 private:
  explicit ProviderCatalog(config::v1::ProviderCatalog catalog) : catalog_(std::move(catalog)) {}

  const config::v1::ProviderCatalog catalog_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_PROVIDER_CATALOG_H_
