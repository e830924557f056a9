// The field mapping of a catalogue entry, as YAML up to a line of `%%`, and behind it a document that is mapped by it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/provider/compiled_profile_map.h"
#include "server/provider/json_document.h"
#include "server/provider/profile_bound.h"
#include "server/provider/provider_catalog.h"

namespace evertoken {
namespace {

constexpr char kEntry[] = R"(providers:
  fuzz:
    display_name: Fuzz
    authorization: {url: "https://idp.test/authorize", scopes: [a]}
    token: {url: "https://idp.test/token"}
    renewal: {kind: none}
    profile_calls: [{name: me, url: "https://idp.test/me"}]
    profile_fields:
      subject: /id
)";

void MapByDefinition(absl::string_view input) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(input, absl::MaxSplits("\n%%\n", 1));
  const std::string fields =
      absl::StrCat("      ", absl::StrReplaceAll(parts.first, {{"\n", "\n      "}}), "\n");
  const auto catalog = ProviderCatalog::Parse({{"fuzz.yaml", absl::StrCat(kEntry, fields)}}, false);
  if (!catalog.ok()) return;
  const config::v1::Provider* entry = (*catalog)->Find("fuzz");
  if (entry == nullptr) return;
  // What passed the check can be used.
  const absl::StatusOr<CompiledProfileMap> map = CompiledProfileMap::Compile(*entry);
  if (!map.ok()) std::abort();
  ProfileDocuments documents;
  documents.main = "me";
  std::shared_ptr<const JsonDocument> document = JsonDocument::Parse(parts.second);
  if (document != nullptr) documents.by_source.emplace("me", std::move(document));
  v1::Profile profile;
  map->Map(documents, absl::FromUnixSeconds(1900000000), &profile);
  std::string bytes;
  if (!profile.SerializeToString(&bytes) ||
      bytes.size() > kMostProfileBytes + profile.picture_url().size())
    std::abort();
}

}  // namespace
}  // namespace evertoken

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evertoken::MapByDefinition(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
