#include "server/broker/event_tail.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "server/base/one_shot.h"

namespace evertoken {

// One asking of all shards.
struct EventTail::Round {
  int open = 0;
  bool more = false;
  absl::Status failure;
  std::optional<OneShot<bool>::Setter> done;
};

EventTail::EventTail(Executor* executor, EventLog* log)
    : executor_(executor), log_(log), shards_(log == nullptr ? 0 : log->shards()) {}

void EventTail::Join(Wakeup* watcher) {
  watchers_.insert(watcher);
  if (!following_.exchange(true)) Spawn(executor_, Follow());
}

void EventTail::Leave(Wakeup* watcher) { watchers_.erase(watcher); }

Task<absl::StatusOr<EventPositions>> EventTail::Newest() {
  const auto is_known = [](const Shard& shard) { return shard.known; };
  if (!std::all_of(shards_.begin(), shards_.end(), is_known)) {
    const absl::StatusOr<bool> read = co_await ReadNews();
    if (!read.ok()) co_return read.status();
  }
  EventPositions positions;
  for (const Shard& shard : shards_) positions.push_back(shard.end);
  co_return positions;
}

Task<absl::StatusOr<EventBatch>> EventTail::Read(int number, EventPosition after, int limit) {
  const Shard& shard = shards_[number];
  if (!shard.known || after < shard.begin || after > shard.end) {
    absl::StatusOr<EventBatch> read = co_await log_->Read(number, after, limit);
    co_return read;
  }
  EventBatch batch;
  batch.newest = shard.end;
  auto next = std::upper_bound(
      shard.events.begin(), shard.events.end(), after,
      [](EventPosition position, const StoredEvent& event) { return position < event.position; });
  for (; next != shard.events.end() && std::ssize(batch.events) < limit; ++next)
    batch.events.push_back(*next);
  co_return batch;
}

Task<void> EventTail::Follow() {
  while (!watchers_.empty()) {
    const absl::StatusOr<bool> more = co_await ReadNews();
    for (Wakeup* watcher : watchers_) watcher->Signal();
    co_await Delay(kPause);
    if (!more.ok() || !*more) co_await log_->AwaitEvents(kPoll);
  }
  // Until somebody watches again it would only grow old.
  shards_.assign(shards_.size(), Shard());
  following_ = false;
}

Task<absl::StatusOr<bool>> EventTail::ReadNews() {
  OneShot<bool> done;
  auto round = std::make_shared<Round>();
  round->done = done.setter();
  round->open = static_cast<int>(shards_.size());
  for (int shard = 0; shard < round->open; ++shard) Spawn(executor_, ReadNewsOf(shard, round));
  co_await std::move(done).Wait();
  if (!round->failure.ok()) co_return round->failure;
  co_return round->more;
}

Task<void> EventTail::ReadNewsOf(int number, std::shared_ptr<Round> round) {
  const bool known = shards_[number].known;
  const EventPosition after = shards_[number].end;
  const int limit = known ? EventLog::kLargestBatch : 1;
  absl::StatusOr<EventBatch> batch = co_await log_->Read(number, after, limit);
  Shard& shard = shards_[number];
  if (!batch.ok()) {
    round->failure = batch.status();
  } else if (!shard.known) {
    shard.known = true;
    shard.begin = shard.end = batch->newest;
  } else if (known && shard.end == after) {
    round->more = round->more || std::ssize(batch->events) == limit;
    Append(&shard, *std::move(batch));
  }
  if (--round->open == 0) round->done->Set(true);
}

void EventTail::Append(Shard* shard, EventBatch batch) const {
  if (batch.lost) {
    // Who has not seen what is gone asks the log, which says so.
    shard->events.clear();
    shard->end = batch.events.empty() ? batch.newest : batch.events.back().position;
    shard->begin = shard->end;
    return;
  }
  for (StoredEvent& event : batch.events) {
    shard->end = event.position;
    shard->events.push_back(std::move(event));
  }
  while (shard->events.size() > kKept / shards_.size()) {
    shard->begin = shard->events.front().position;
    shard->events.pop_front();
  }
}

}  // namespace evertoken
