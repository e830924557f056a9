#ifndef EVERTOKEN_SERVER_STORE_STORE_FACTORY_H_
#define EVERTOKEN_SERVER_STORE_STORE_FACTORY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/clock.h"
#include "server/base/event_loop.h"
#include "server/store/due_queue.h"
#include "server/store/event_log.h"
#include "server/store/token_store.h"

namespace evertoken {

// One store, seen from three sides that share its state and its connection.
struct Stores {
  std::unique_ptr<TokenStore> tokens;
  std::unique_ptr<DueQueue> due;
  std::unique_ptr<EventLog> events;
};

// Makes the configured store. Each event loop gets its own Stores: views on the shared state (memory, sqlite) or on a
// connection of its own (redis).
class StoreFactory {
 public:
  virtual ~StoreFactory() = default;

  // INVALID_ARGUMENT for settings that cannot work, FAILED_PRECONDITION for a database file that cannot be used (see
  // SqliteDatabase); a server that is down is no error here: its store connects when it can.
  // Relative paths count from `base_dir`. `clock` is the clock of the memory and sqlite stores.
  static absl::StatusOr<std::unique_ptr<StoreFactory>> New(const config::v1::Store& config,
                                                           const std::string& base_dir,
                                                           const Clock* clock);

  // They must not outlive the factory or the loop, and are destroyed on no thread but the loop's, or after the loop has stopped.
  virtual Stores MakeFor(EventLoop* loop) = 0;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_STORE_FACTORY_H_
