#include "tests/bench/catalogue.h"

#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/config/shipped_catalog.h"
#include "server/provider/provider_catalog.h"

namespace evertoken::bench {
namespace {

constexpr int kTimes = 21;

}  // namespace

absl::Status MeasureCatalogue(BenchSite*, Figures* figures) {
  std::vector<double> milliseconds;
  for (int i = 0; i < kTimes; ++i) {
    const absl::Time begin = absl::Now();
    const auto catalog = ProviderCatalog::Parse({{"providers.yaml", kShippedCatalogYaml}}, false);
    if (!catalog.ok()) return catalog.status();
    milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
  }
  figures->Add("catalogue_load_ms", Median(milliseconds), "ms");
  return absl::OkStatus();
}

}  // namespace evertoken::bench
