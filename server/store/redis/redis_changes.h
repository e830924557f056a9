#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_CHANGES_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_CHANGES_H_

#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/base/task.h"
#include "server/store/change_watch.h"
#include "server/store/redis/redis_keys.h"
#include "server/store/token_store.h"

namespace evertoken {

// Passes on what a connection hears of changes: to the listeners and to those who wait. Belongs to the loop's thread, except for
// setting listeners.
class RedisChanges {
 public:
  explicit RedisChanges(const RedisKeys* keys) : keys_(keys) {}

  void SetListener(TokenStore::InvalidationListener listener);
  void SetReconnectListener(TokenStore::ReconnectListener listener);

  // The server says that the key of this name was changed by somebody else; nullopt: changes may have been missed.
  void OnChange(const std::optional<std::string>& name);

  // There is a connection again.
  void OnReconnect();

  // This connection changed a grant: the server does not tell us of our own changes.
  void OnOwnChange(const SlotKey& key);
  // This connection appended events, and so is not told any more of the next ones.
  void OnOwnEvents(int shard);

  Task<void> AwaitChange(SlotKey key, absl::Duration at_most);
  Task<void> AwaitEvents(absl::Duration at_most);

  // The shards of whose next events the server will not tell. The caller takes it upon itself to follow them.
  std::vector<int> TakeUnfollowedShards();

 private:
  const RedisKeys* const keys_;
  ChangeWatch watch_;
  std::bitset<RedisKeys::kShards> followed_;
  absl::Mutex mutex_;
  TokenStore::InvalidationListener listener_ ABSL_GUARDED_BY(mutex_);
  TokenStore::ReconnectListener reconnect_listener_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_CHANGES_H_
