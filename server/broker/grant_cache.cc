#include "server/broker/grant_cache.h"

#include <algorithm>
#include <list>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/synchronization/mutex.h"

namespace evertoken {
namespace {

// More shards than cores, so that gRPC's threads seldom meet at one lock.
constexpr size_t kShards = 64;

}  // namespace

struct GrantCache::Shard {
  struct Entry {
    std::shared_ptr<const GrantSnapshot> snapshot;
    std::list<SlotKey>::iterator age;  // place in `oldest_first`
  };

  mutable absl::Mutex mutex;
  uint64_t epoch ABSL_GUARDED_BY(mutex) = 0;
  absl::flat_hash_map<SlotKey, Entry> entries ABSL_GUARDED_BY(mutex);
  // By time of insertion. Reads do not reorder: a hot read takes the lock for a look-up and nothing else.
  std::list<SlotKey> oldest_first ABSL_GUARDED_BY(mutex);

  using Place = absl::flat_hash_map<SlotKey, Entry>::iterator;
  void Erase(Place place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    oldest_first.erase(place->second.age);
    entries.erase(place);
  }
};

GrantCache::GrantCache(size_t capacity)
    : shard_capacity_((capacity + kShards - 1) / kShards), shards_([] {
        std::vector<std::unique_ptr<Shard>> shards;
        for (size_t i = 0; i < kShards; ++i) shards.push_back(std::make_unique<Shard>());
        return shards;
      }()) {}

GrantCache::~GrantCache() = default;

GrantCache::Shard& GrantCache::ShardOf(const SlotKey& key) const {
  return *shards_[absl::Hash<SlotKey>()(key) % shards_.size()];
}

std::shared_ptr<const GrantSnapshot> GrantCache::Get(const SlotKey& key) const {
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  auto found = shard.entries.find(key);
  return found == shard.entries.end() ? nullptr : found->second.snapshot;
}

uint64_t GrantCache::Epoch(const SlotKey& key) const {
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  return shard.epoch;
}

void GrantCache::Put(const SlotKey& key, uint64_t epoch,
                     std::shared_ptr<const GrantSnapshot> snapshot) {
  if (shard_capacity_ == 0) return;
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  const Shard::Place found = shard.entries.find(key);
  const bool is_known = found != shard.entries.end();
  if (shard.epoch != epoch) {
    if (is_known && found->second.snapshot->version != snapshot->version) shard.Erase(found);
    return;
  }
  if (is_known) {
    if (found->second.snapshot->version <= snapshot->version)
      found->second.snapshot = std::move(snapshot);
    return;
  }
  if (shard.entries.size() >= shard_capacity_) {
    shard.entries.erase(shard.oldest_first.front());
    shard.oldest_first.pop_front();
  }
  auto age = shard.oldest_first.insert(shard.oldest_first.end(), key);
  shard.entries.emplace(key, Shard::Entry{std::move(snapshot), age});
}

void GrantCache::Invalidate(const std::optional<SlotKey>& key) {
  if (!key.has_value()) {
    for (const std::unique_ptr<Shard>& shard : shards_) {
      absl::MutexLock lock(&shard->mutex);
      ++shard->epoch;
      shard->entries.clear();
      shard->oldest_first.clear();
    }
    return;
  }
  Shard& shard = ShardOf(*key);
  absl::MutexLock lock(&shard.mutex);
  ++shard.epoch;
  const Shard::Place found = shard.entries.find(*key);
  if (found != shard.entries.end()) shard.Erase(found);
}

}  // namespace evertoken
