#ifndef EVERTOKEN_SERVER_CATALOG_RELOAD_H_
#define EVERTOKEN_SERVER_CATALOG_RELOAD_H_

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "server/base/clock.h"
#include "server/base/metrics.h"
#include "server/provider/provider_catalog.h"

namespace evertoken {

// Takes over catalogue files that changed, as a whole or not at all: with a single problem in them the catalogue that serves goes on
// serving. Says what it did in the log and the metrics, and tells the problems of the same files once. For one thread at a time.
class CatalogReload {
 public:
  struct Parts {
    std::function<std::string()> fingerprint;  // another text when a file is another
    std::function<LoadedCatalog()> read;       // with the problems of the apps that use it
    std::function<void(std::shared_ptr<const ProviderCatalog>)> use;
    const Clock* clock = nullptr;
    Metrics* metrics = nullptr;
    std::set<std::string> in_use;  // the providers that apps have: their ends are told at start
  };

  // `serving` was read when the files had `fingerprint`; entries with problems were left out of it.
  CatalogReload(Parts parts, LoadedCatalog serving, std::string fingerprint);

  // Reads the files if they changed since they were last read and did not change since the last look, for who finds them changing may find
  // half of them written; when `forced`, in any case.
  void Look(bool forced);

 private:
  void Refuse(const LoadedCatalog& loaded);
  void Use(std::shared_ptr<const ProviderCatalog> catalog);

  const Parts parts_;
  std::shared_ptr<const ProviderCatalog> serving_;
  std::string fingerprint_;  // of what was read last
  std::string seen_;         // at the last look
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CATALOG_RELOAD_H_
