#include "server/store/redis/redis_event_log.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace evertoken {
namespace {

constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();

std::string FormatPosition(EventPosition position) {
  // There is nothing after the very last one, and Redis would refuse to look.
  return absl::StrCat(position.time, "-", std::min(position.sequence, kLargest - 1));
}

bool ParsePosition(const std::optional<std::string>& text, EventPosition* position) {
  if (!text.has_value()) return false;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(*text, absl::MaxSplits('-', 1));
  return absl::SimpleAtoi(parts.first, &position->time) &&
         absl::SimpleAtoi(parts.second, &position->sequence);
}

// From the elements 1 on: the newest event's position, then of each event its position, that of the one before, app and record.
absl::StatusOr<EventBatch> ParseBatch(RedisReply reply, EventPosition after) {
  EventBatch batch;
  if (reply.size() % 4 != 2 || !ParsePosition(reply[1], &batch.newest)) return RedisNotUnderstood();
  EventPosition before = batch.newest;
  for (size_t i = 2; i < reply.size(); i += 4) {
    StoredEvent event;
    EventPosition predecessor;
    if (!ParsePosition(reply[i], &event.position) || !ParsePosition(reply[i + 1], &predecessor) ||
        !reply[i + 2].has_value() || !reply[i + 3].has_value()) {
      return RedisNotUnderstood();
    }
    event.app = *std::move(reply[i + 2]);
    event.record = *std::move(reply[i + 3]);
    if (i == 2) before = predecessor;
    batch.events.push_back(std::move(event));
  }
  batch.lost = before > after;
  return batch;
}

}  // namespace

RedisEventLog::RedisEventLog(std::shared_ptr<RedisClient> client) : client_(std::move(client)) {}

Task<absl::StatusOr<EventBatch>> RedisEventLog::Read(int shard, EventPosition after, int limit) {
  std::vector<std::string> keys = {client_->keys().Events(shard),
                                   client_->keys().NewestEvent(shard)};
  std::vector<std::string> arguments = {FormatPosition(after),
                                        absl::StrCat(std::clamp(limit, 1, kLargestBatch))};
  absl::StatusOr<RedisReply> reply = co_await client_->Run(
      GetRedisScripts().read_events, std::move(keys), std::move(arguments), 1);
  if (!reply.ok()) co_return reply.status();
  co_return ParseBatch(*std::move(reply), after);
}

Task<void> RedisEventLog::AwaitEvents(absl::Duration at_most) {
  return client_->AwaitEvents(at_most);
}

}  // namespace evertoken
