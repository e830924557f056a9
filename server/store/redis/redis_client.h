#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_CLIENT_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_CLIENT_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/event_loop.h"
#include "server/base/one_shot.h"
#include "server/base/task.h"
#include "server/store/redis/redis_changes.h"
#include "server/store/redis/redis_confirmations.h"
#include "server/store/redis/redis_connection.h"
#include "server/store/redis/redis_keys.h"
#include "server/store/redis/redis_options.h"
#include "server/store/redis/redis_reply.h"
#include "server/store/redis/redis_scripts.h"
#include "server/store/token_store.h"

namespace evertoken {

// What a script must have done before it counts as done.
enum class RedisDurability {
  kServer,    // written on the server
  kReplicas,  // and confirmed by the configured number of its replicas
};

// What the stores of one loop share: a connection to a Redis server (6.2 or newer), which opens by itself and again whenever it was
// lost, and what it hears of changes. Belongs to the loop's thread.
class RedisClient {
 public:
  // `loop` must outlive the client.
  RedisClient(EventLoop* loop, std::shared_ptr<const RedisOptions> options);

  const RedisKeys& keys() const { return book_->keys; }
  const RedisOptions& options() const { return *options_; }

  // Runs a script. The answer's first word decides the status: OK for `ok` and `held`; else NOT_FOUND, ALREADY_EXISTS or ABORTED.
  // At least `fields` elements follow the word, null or not. With kReplicas, UNAVAILABLE may mean that it is done, but not
  // confirmed.
  Task<absl::StatusOr<RedisReply>> Run(const RedisScript& script, std::vector<std::string> keys,
                                       std::vector<std::string> arguments, size_t fields,
                                       RedisDurability durability = RedisDurability::kServer);

  // Runs a command. Errors as RedisConnection::Call.
  Task<absl::StatusOr<RedisReply>> Call(std::vector<std::string> command);

  // As TokenStore and EventLog. The server tells of changes by client tracking.
  Task<void> AwaitChange(SlotKey key, absl::Duration at_most);
  Task<void> AwaitEvents(absl::Duration at_most);

  RedisChanges* changes() { return &book_->changes; }
  bool tracking() const { return connection_.tracking(); }

 private:
  // The connection's last words may come while its client is being destroyed.
  struct Book {
    explicit Book(std::string prefix) : keys(std::move(prefix)), changes(&keys) {}
    const RedisKeys keys;
    RedisChanges changes;
  };

  static RedisConnection::Events EventsFor(std::shared_ptr<Book> book);

  // Sends a command at once.
  OneShot<absl::StatusOr<RedisReply>> Start(std::vector<std::string> command);
  // Begins to wait for replicas to have what was sent, when that is wanted.
  std::optional<OneShot<absl::Status>> StartConfirmation(RedisDurability durability);

  // Makes the server tell of the next change of the key that `read` reads.
  void Follow(std::vector<std::string> read);

  const std::shared_ptr<const RedisOptions> options_;
  const std::shared_ptr<Book> book_;
  RedisConnection connection_;
  RedisConfirmations confirmations_;
};

// UNAVAILABLE: what an answer of unknown shape is taken for.
absl::Status RedisNotUnderstood();

// A duration as an argument of scripts: whole milliseconds, at least one.
std::string RedisMilliseconds(absl::Duration duration);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_CLIENT_H_
