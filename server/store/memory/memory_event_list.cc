#include "server/store/memory/memory_event_list.h"

#include <algorithm>
#include <utility>

namespace evertoken {

void MemoryEventList::Append(const std::string& app, std::vector<std::string> records) {
  absl::MutexLock lock(&mutex_);
  for (std::string& record : records)
    events_.push_back({EventPosition{started_, ++newest_}, app, std::move(record)});
  while (events_.size() > kKept) events_.pop_front();
}

EventBatch MemoryEventList::Read(EventPosition after, int limit) const {
  absl::MutexLock lock(&mutex_);
  EventBatch batch;
  if (newest_ > 0) batch.newest = {started_, newest_};
  const bool alien = after != EventPosition() && (after.time != started_ || after > batch.newest);
  batch.lost = alien;
  if (alien || after == batch.newest) return batch;
  const uint64_t oldest = newest_ + 1 - events_.size();
  const uint64_t first = std::max(oldest, after.sequence + 1);
  batch.lost = first != after.sequence + 1;
  const size_t begin = first - oldest;
  const size_t size =
      std::min<size_t>(events_.size() - begin, std::clamp(limit, 1, EventLog::kLargestBatch));
  batch.events.assign(events_.begin() + begin, events_.begin() + begin + size);
  return batch;
}

}  // namespace evertoken
