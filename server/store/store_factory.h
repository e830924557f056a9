#ifndef EVERTOKEN_SERVER_STORE_STORE_FACTORY_H_
#define EVERTOKEN_SERVER_STORE_STORE_FACTORY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "evertoken/config/v1/server_config.pb.h"
#include "server/base/clock.h"
#include "server/base/event_loop.h"
#include "server/store/token_store.h"

namespace evertoken {

// Makes the configured store. Each event loop gets its own TokenStore: a view on the shared state (memory, sqlite) or a
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

  // Must not outlive the factory or the loop, and is destroyed on no thread but the loop's, or after the loop has stopped.
  virtual std::unique_ptr<TokenStore> MakeFor(EventLoop* loop) = 0;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_STORE_FACTORY_H_
