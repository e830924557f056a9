#ifndef EVERTOKEN_SERVER_BROKER_GRANT_CACHE_H_
#define EVERTOKEN_SERVER_BROKER_GRANT_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "server/base/clock.h"
#include "server/store/token_store.h"

namespace evertoken {

// A grant as it was read: what it says and the version it had.
struct GrantSnapshot {
  storage::v1::Grant grant;
  uint64_t version = 0;
  // Whether the store told, when it was read, of a presentation of the refresh token whose answer is unknown.
  bool attempt_open = false;
};

// Grants in memory, bounded, shared by all loops and gRPC's threads. Thread-safe.
//
// Who reads or writes a grant takes Epoch(key) before it asks the store and gives it to Put: an entry that was invalidated in between
// is not put. A lower version never replaces a higher one.
class GrantCache {
 public:
  // Keeps about `capacity` grants; 0: none. `clock` must outlive the cache.
  GrantCache(size_t capacity, const Clock* clock);
  ~GrantCache();

  std::shared_ptr<const GrantSnapshot> Get(const SlotKey& key) const;

  // The grant as it was last known to be, also after all were doubted, if that is less than `at_most` ago: for answers while the store
  // cannot be asked.
  std::shared_ptr<const GrantSnapshot> GetLastKnown(const SlotKey& key,
                                                    absl::Duration at_most) const;

  uint64_t Epoch(const SlotKey& key) const;
  // An entry that is not put because of its epoch still ends one of another version: the store does not tell of this process' own
  // writes, so nobody else would.
  void Put(const SlotKey& key, uint64_t epoch, std::shared_ptr<const GrantSnapshot> snapshot);

  // Refuses what was read before. Forgets one grant, which was changed, or doubts all (nullopt), because changes may have been missed:
  // then only GetLastKnown shows them until they are read anew.
  void Invalidate(const std::optional<SlotKey>& key);

 private:
  struct Shard;
  Shard& ShardOf(const SlotKey& key) const;
  void DoubtAll();

  const size_t shard_capacity_;
  const Clock* const clock_;
  const std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_GRANT_CACHE_H_
