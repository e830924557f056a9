// A cursor of WatchGrantEvents: as its text, and as what stands in it under a seal of our own.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "server/broker/event_cursor.h"
#include "server/store/key_ring.h"

namespace {

constexpr int kShards = 2;

const evertoken::KeyRing& Keys() {
  static const auto* const keys =
      evertoken::KeyRing::New(evertoken::KeyRing::Generate("k1"))->release();
  return *keys;
}

void Check(absl::string_view cursor) {
  const absl::StatusOr<evertoken::EventPositions> positions =
      evertoken::DecodeCursor(Keys(), "app", cursor, kShards);
  if (!positions.ok()) return;
  if (positions->size() != kShards) std::abort();
  const std::string again = evertoken::EncodeCursor(Keys(), "app", *positions);
  if (evertoken::DecodeCursor(Keys(), "app", again, kShards) != positions) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  // Nobody can make one without the key.
  if (evertoken::DecodeCursor(Keys(), "app", input, kShards).ok()) std::abort();
  Check(absl::WebSafeBase64Escape(Keys().Seal(input, "watch-cursor-1:app")));
  return 0;
}
