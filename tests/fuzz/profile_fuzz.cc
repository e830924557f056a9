// Profile documents: the main one up to the first line break, then the second, then the ID token's claims.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/provider/json_document.h"
#include "server/provider/profile_mapper.h"
#include "tests/fuzz/fuzz_entry.h"

namespace evertoken {
namespace {

void ReadProfile(absl::string_view input) {
  const std::vector<absl::string_view> lines = absl::StrSplit(input, absl::MaxSplits('\n', 2));
  const char* const names[] = {"me", "more", "id_token"};
  ProfileDocuments documents;
  documents.main = "me";
  for (size_t i = 0; i < lines.size(); ++i) {
    std::shared_ptr<const JsonDocument> document = JsonDocument::Parse(lines[i]);
    if (document != nullptr) documents.by_source.emplace(names[i], std::move(document));
  }
  const v1::Profile profile = MapProfile(FuzzEntry(), documents, absl::FromUnixSeconds(1900000000));
  // Every field is bounded, and text that protobuf can hold.
  std::string bytes;
  if (!profile.SerializeToString(&bytes) || bytes.size() > 64 << 10) std::abort();
}

}  // namespace
}  // namespace evertoken

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evertoken::ReadProfile(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
