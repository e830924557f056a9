#ifndef EVERTOKEN_SERVER_BROKER_EVENT_CURSOR_H_
#define EVERTOKEN_SERVER_BROKER_EVENT_CURSOR_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/store/event_log.h"
#include "server/store/token_sealer.h"

namespace evertoken {

// How far a watcher has come: of each shard, the last event that needs no more telling.
using EventPositions = std::vector<EventPosition>;

// The positions as the cursor of the public API: sealed to the app and to this format, in base64url. The same positions give another
// text each time, so that nothing can be read from it.
std::string EncodeCursor(const TokenSealer& sealer, absl::string_view app,
                         const EventPositions& positions);

// REQUEST_INVALID, naming the field `cursor`, for a text that EncodeCursor did not make for this app, or under a key that is gone;
// EVENTS_LOST for a cursor of a log with another number of shards.
absl::StatusOr<EventPositions> DecodeCursor(const TokenSealer& sealer, absl::string_view app,
                                            absl::string_view cursor, int shards);

// OUT_OF_RANGE, and what to do about it.
absl::Status EventsLost();

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_EVENT_CURSOR_H_
