#ifndef EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_EVENT_LIST_H_
#define EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_EVENT_LIST_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/store/event_log.h"

namespace evertoken {

// The newest events in memory, in one shard. Thread-safe.
class MemoryEventList {
 public:
  static constexpr size_t kKept = 10000;

  // `started` is part of every position, so that those of an earlier process are told from this one's.
  explicit MemoryEventList(absl::Time started)
      : started_(static_cast<uint64_t>(absl::ToUnixMicros(started))) {}

  void Append(const std::string& app, std::vector<std::string> records);
  EventBatch Read(EventPosition after, int limit) const;

 private:
  const uint64_t started_;
  mutable absl::Mutex mutex_;
  std::deque<StoredEvent> events_ ABSL_GUARDED_BY(mutex_);  // numbered without gaps
  uint64_t newest_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_EVENT_LIST_H_
