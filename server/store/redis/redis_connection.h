#ifndef EVERTOKEN_SERVER_STORE_REDIS_REDIS_CONNECTION_H_
#define EVERTOKEN_SERVER_STORE_REDIS_REDIS_CONNECTION_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/base/event_loop.h"
#include "server/base/task.h"
#include "server/store/redis/redis_options.h"
#include "server/store/redis/redis_reply.h"

namespace evertoken {

// A connection that comes back: it connects when it is made and again, with growing pauses, whenever it was lost. Belongs to the
// loop's thread, except for tracking().
class RedisConnection {
 public:
  // Called on the loop's thread.
  struct Events {
    // Which tracked key was changed by somebody else; nullopt: changes may have been missed.
    std::function<void(const std::optional<std::string>& key)> changed;
    // There is a connection again, perhaps to another server, which may have forgotten the newest writes.
    std::function<void()> reconnected;
  };
  using Callback = absl::AnyInvocable<void(absl::StatusOr<RedisReply>)>;

  // `loop` must outlive the connection.
  RedisConnection(EventLoop* loop, std::shared_ptr<const RedisOptions> options, Events events);
  // On the loop's thread or after the loop has stopped.
  ~RedisConnection();

  // Runs a command. UNAVAILABLE at once while there is no connection, except that commands wait for the very first attempt to
  // connect; UNAVAILABLE within the operation timeout when there is no answer, and then the connection is given up. A command is
  // never sent twice.
  Task<absl::StatusOr<RedisReply>> Call(std::vector<std::string> command);

  // The same with a callback, which runs once, perhaps at once. Commands go out in the order of Send.
  void Send(std::vector<std::string> command, Callback callback);

  // Whether changes of keys that were read over the present connection are told. While they are, a connection without traffic is
  // asked for a sign of life: one that died in silence is given up about two seconds and the operation timeout after the server's last
  // word, and then the handler hears nullopt. Thread-safe.
  bool tracking() const;

  // Whether changes of a key are told if CLIENT CACHING YES preceded its reading, or in any case while tracking() is true.
  bool following() const;

 private:
  class Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_REDIS_REDIS_CONNECTION_H_
