// A provider catalogue file: alone, behind another of the same entries, and explained. A line of `%%` parts it from a second file,
// which overlays it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "server/provider/explain_entry.h"
#include "server/provider/provider_catalog.h"

namespace {

using evertoken::LoadedCatalog;
using evertoken::ProviderCatalog;

// An entry is served, or left out with a problem that says why; what can be explained is the same entry again.
void Look(const std::vector<ProviderCatalog::Source>& sources, bool loopback) {
  const LoadedCatalog loaded = ProviderCatalog::Read(sources, loopback);
  if (loaded.catalog == nullptr || !loaded.catalog->disabled().empty()) {
    if (loaded.problems.empty()) std::abort();
  }
  if (loaded.catalog == nullptr) return;
  for (const std::string& id : loaded.catalog->Ids()) {
    if (loaded.catalog->IsDisabled(id)) std::abort();
    const absl::StatusOr<std::string> text = evertoken::ExplainEntry(sources, id);
    if (!text.ok() || !ProviderCatalog::Parse({{"again.yaml", *text}}, loopback).ok()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string yaml(reinterpret_cast<const char*>(data), size);
  Look({{"fuzz.yaml", yaml}}, false);
  const std::pair<std::string, std::string> files =
      absl::StrSplit(yaml, absl::MaxSplits("\n%%\n", 1));
  Look({{"a.yaml", files.first}, {"b.yaml", files.second.empty() ? yaml : files.second}}, true);
  return 0;
}
