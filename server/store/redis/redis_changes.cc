#include "server/store/redis/redis_changes.h"

#include <utility>

namespace evertoken {
namespace {

// No slot's key.
constexpr char kAnyEvent[] = "";

}  // namespace

void RedisChanges::SetListener(TokenStore::InvalidationListener listener) {
  absl::MutexLock lock(&mutex_);
  listener_ = std::move(listener);
}

void RedisChanges::OnChange(const std::optional<std::string>& name) {
  std::optional<SlotKey> grant;
  if (name.has_value()) {
    const std::optional<int> shard = keys_->NewestEventShardOf(*name);
    if (shard.has_value()) OnOwnEvents(*shard);
    grant = keys_->GrantOf(*name);
    if (!grant.has_value()) return;
    watch_.Notify(grant->value);
  } else {
    followed_.reset();
    watch_.NotifyAll();
  }
  TokenStore::InvalidationListener listener;
  {
    absl::MutexLock lock(&mutex_);
    listener = listener_;
  }
  if (listener != nullptr) listener(grant);
}

void RedisChanges::SetReconnectListener(TokenStore::ReconnectListener listener) {
  absl::MutexLock lock(&mutex_);
  reconnect_listener_ = std::move(listener);
}

void RedisChanges::OnReconnect() {
  TokenStore::ReconnectListener listener;
  {
    absl::MutexLock lock(&mutex_);
    listener = reconnect_listener_;
  }
  if (listener != nullptr) listener();
}

void RedisChanges::OnOwnChange(const SlotKey& key) { watch_.Notify(key.value); }

void RedisChanges::OnOwnEvents(int shard) {
  followed_.reset(shard);
  watch_.Notify(kAnyEvent);
}

Task<void> RedisChanges::AwaitChange(SlotKey key, absl::Duration at_most) {
  return watch_.Await(std::move(key.value), at_most);
}

Task<void> RedisChanges::AwaitEvents(absl::Duration at_most) {
  return watch_.Await(kAnyEvent, at_most);
}

std::vector<int> RedisChanges::TakeUnfollowedShards() {
  std::vector<int> shards;
  for (int shard = 0; shard < RedisKeys::kShards; ++shard) {
    if (!followed_[shard]) shards.push_back(shard);
  }
  followed_.set();
  return shards;
}

}  // namespace evertoken
