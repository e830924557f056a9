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
    // Since boot; nullopt: nothing speaks against it.
    std::optional<absl::Duration> doubted_at;
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

GrantCache::GrantCache(size_t capacity, const Clock* clock)
    : shard_capacity_((capacity + kShards - 1) / kShards), clock_(clock), shards_([] {
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
  if (found == shard.entries.end() || found->second.doubted_at.has_value()) return nullptr;
  return found->second.snapshot;
}

std::shared_ptr<const GrantSnapshot> GrantCache::GetLastKnown(const SlotKey& key,
                                                              absl::Duration at_most) const {
  const absl::Duration now = clock_->SinceBoot();
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  auto found = shard.entries.find(key);
  if (found == shard.entries.end()) return nullptr;
  const Shard::Entry& entry = found->second;
  if (entry.doubted_at.has_value() && now - *entry.doubted_at >= at_most) return nullptr;
  return entry.snapshot;
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
    Shard::Entry& entry = found->second;
    // What was doubted may be of a store that forgot its newest versions.
    if (entry.doubted_at.has_value() || entry.snapshot->version <= snapshot->version)
      entry.snapshot = std::move(snapshot);
    entry.doubted_at.reset();
    return;
  }
  if (shard.entries.size() >= shard_capacity_) {
    shard.entries.erase(shard.oldest_first.front());
    shard.oldest_first.pop_front();
  }
  auto age = shard.oldest_first.insert(shard.oldest_first.end(), key);
  shard.entries.emplace(key, Shard::Entry{std::move(snapshot), age, std::nullopt});
}

void GrantCache::Invalidate(const std::optional<SlotKey>& key) {
  if (!key.has_value()) return DoubtAll();
  Shard& shard = ShardOf(*key);
  absl::MutexLock lock(&shard.mutex);
  ++shard.epoch;
  const Shard::Place found = shard.entries.find(*key);
  if (found != shard.entries.end()) shard.Erase(found);
}

void GrantCache::DoubtAll() {
  const absl::Duration now = clock_->SinceBoot();
  for (const std::unique_ptr<Shard>& shard : shards_) {
    absl::MutexLock lock(&shard->mutex);
    ++shard->epoch;
    for (auto& [key, entry] : shard->entries) {
      if (!entry.doubted_at.has_value()) entry.doubted_at = now;
    }
  }
}

}  // namespace evertoken
