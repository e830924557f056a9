#ifndef EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_DUE_INDEX_H_
#define EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_DUE_INDEX_H_

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/store/due_queue.h"

namespace evertoken {

// The due times of grants in memory, in one shard. Thread-safe.
class MemoryDueIndex {
 public:
  // What an operation on the grant made of its time; `deadline` is when the slot disappears.
  void Set(const std::string& key, std::optional<absl::Time> due, absl::Time deadline,
           absl::Time now);

  // What it is now; nullopt: none.
  std::optional<absl::Time> TimeOf(const std::string& key) const;

  // As DueQueue.
  DueClaim Claim(const std::string& owner, absl::Duration hold, int limit, absl::Time now);
  void Release(absl::string_view owner);

  // Grants with a due time, some of them gone.
  size_t size() const;

 private:
  struct Times {
    absl::Time due;
    absl::Time deadline;
  };
  void Put(const std::string& key, Times times) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The grant with the earliest time, if that has come; grants that are gone are dropped on the way.
  std::optional<std::string> NextDue(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t CountDue(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Times> times_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<absl::Time, std::string>> by_time_ ABSL_GUARDED_BY(mutex_);
  std::string holder_ ABSL_GUARDED_BY(mutex_);
  absl::Time hold_end_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_MEMORY_MEMORY_DUE_INDEX_H_
