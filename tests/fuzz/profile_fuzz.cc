// Profile documents: the main one up to the first line break, JSONP or not, then the second, an image or not, then the ID token's claims,
// then what was kept of the callback.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/provider/compiled_profile_map.h"
#include "server/provider/json_document.h"
#include "server/provider/profile_bound.h"
#include "tests/fuzz/fuzz_entry.h"

namespace evertoken {
namespace {

using Document = std::shared_ptr<const JsonDocument>;

void Add(const char* source, Document document, ProfileDocuments* documents) {
  if (document != nullptr) documents->by_source.emplace(source, std::move(document));
}

const CompiledProfileMap& FuzzMap() {
  static const auto* const kMap = [] {
    auto map = CompiledProfileMap::Compile(*FuzzEntry().entry);
    if (!map.ok()) std::abort();
    return new CompiledProfileMap(*std::move(map));
  }();
  return *kMap;
}

void ReadProfile(absl::string_view input) {
  std::vector<absl::string_view> lines = absl::StrSplit(input, absl::MaxSplits('\n', 3));
  lines.resize(4);
  ProfileDocuments documents;
  documents.main = "me";
  Add("me", JsonDocument::FromJsonp(lines[0]), &documents);
  Document more = JsonDocument::Parse(lines[1]);
  Add("more", more != nullptr ? more : JsonDocument::FromImage(lines[1]), &documents);
  Add("id_token", JsonDocument::Parse(lines[2]), &documents);
  Add("kept", JsonDocument::FromTexts({{"realm", std::string(lines[3])}}), &documents);
  v1::Profile profile;
  FuzzMap().Map(documents, absl::FromUnixSeconds(1900000000), &profile);
  // The whole is bounded, and text that protobuf can hold and show.
  std::string bytes;
  const size_t picture = profile.picture_url().size();
  if (!profile.SerializeToString(&bytes) || bytes.size() > kMostProfileBytes + picture)
    std::abort();
  v1::Profile again;
  if (!again.ParseFromString(bytes)) std::abort();
  for (const auto& [name, note] : profile.fields()) {
    if (note.source().empty()) std::abort();
  }
}

}  // namespace
}  // namespace evertoken

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evertoken::ReadProfile(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
