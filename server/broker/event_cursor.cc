#include "server/broker/event_cursor.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "evertoken/storage/v1/grant_event.pb.h"
#include "server/base/error.h"
#include "server/base/secret.h"

namespace evertoken {
namespace {

// Grows with the format, so that a cursor of another version does not open.
constexpr absl::string_view kFormat = "watch-cursor-1:";

std::string SealContext(absl::string_view app) { return absl::StrCat(kFormat, app); }

absl::Status NotACursor() {
  return RequestInvalid(
      {{"cursor",
        "is not one that this server gave to this app, or was sealed by a key that is no longer in "
        "the key ring; watch again with an empty cursor, and then introspect the grants that "
        "matter"}});
}

}  // namespace

absl::Status EventsLost() {
  return MakeError(
      v1::ERROR_REASON_EVENTS_LOST,
      "events after the cursor are kept no more; watch again with an empty cursor, and "
      "then introspect the grants that matter");
}

std::string EncodeCursor(const TokenSealer& sealer, absl::string_view app,
                         const EventPositions& positions) {
  storage::v1::WatchCursor cursor;
  for (const EventPosition& position : positions) {
    cursor.add_times(position.time);
    cursor.add_sequences(position.sequence);
  }
  std::string text =
      absl::WebSafeBase64Escape(sealer.Seal(cursor.SerializeAsString(), SealContext(app)));
  return text;
}

absl::StatusOr<EventPositions> DecodeCursor(const TokenSealer& sealer, absl::string_view app,
                                            absl::string_view cursor, int shards) {
  std::string sealed;
  if (!absl::WebSafeBase64Unescape(cursor, &sealed)) return NotACursor();
  const absl::StatusOr<Secret> opened = sealer.Open(sealed, SealContext(app));
  storage::v1::WatchCursor message;
  if (!opened.ok() || !message.ParseFromString(opened->Reveal()) ||
      message.times_size() != message.sequences_size()) {
    return NotACursor();
  }
  if (message.times_size() != shards) return EventsLost();
  EventPositions positions;
  for (int i = 0; i < shards; ++i) positions.push_back({message.times(i), message.sequences(i)});
  return positions;
}

}  // namespace evertoken
