// A provider catalogue file.
#include <cstddef>
#include <cstdint>
#include <string>

#include "server/provider/provider_catalog.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string yaml(reinterpret_cast<const char*>(data), size);
  (void)evertoken::ProviderCatalog::Parse({{"fuzz.yaml", yaml}}, false);
  (void)evertoken::ProviderCatalog::Parse({{"a.yaml", yaml}, {"b.yaml", yaml}}, true);
  return 0;
}
