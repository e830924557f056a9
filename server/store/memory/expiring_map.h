#ifndef EVERTOKEN_SERVER_STORE_MEMORY_EXPIRING_MAP_H_
#define EVERTOKEN_SERVER_STORE_MEMORY_EXPIRING_MAP_H_

#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace evertoken {

// A map of states that have a `deadline`, ordered by it as well, so that what is over can be dropped a few at a time.
// Not thread-safe.
template <typename State>
class ExpiringMap {
 public:
  // Null when there is none or its deadline has passed.
  const State* Find(const std::string& key, absl::Time now) const {
    const auto found = states_.find(key);
    return found == states_.end() || found->second.deadline <= now ? nullptr : &found->second;
  }

  void Put(const std::string& key, State state) {
    const auto [entry, is_new] = states_.try_emplace(key);
    if (!is_new) by_deadline_.erase({entry->second.deadline, key});
    by_deadline_.insert({state.deadline, key});
    entry->second = std::move(state);
  }

  // Drops at most `limit` entries whose deadline has passed.
  void Purge(absl::Time now, int limit) {
    while (limit-- > 0 && !by_deadline_.empty() && by_deadline_.begin()->first <= now) {
      states_.erase(by_deadline_.begin()->second);
      by_deadline_.erase(by_deadline_.begin());
    }
  }

  size_t size() const { return states_.size(); }

 private:
  absl::flat_hash_map<std::string, State> states_;
  std::set<std::pair<absl::Time, std::string>> by_deadline_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_MEMORY_EXPIRING_MAP_H_
