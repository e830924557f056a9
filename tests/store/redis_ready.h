#ifndef EVERTOKEN_TESTS_STORE_REDIS_READY_H_
#define EVERTOKEN_TESTS_STORE_REDIS_READY_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/one_shot.h"
#include "server/base/task.h"
#include "server/store/token_store.h"

namespace evertoken {

// Asks a store again and again until it answers. To be run with AwaitOn, which guards against waiting for ever.
inline Task<bool> UntilReady(TokenStore* store) {
  for (;;) {
    const absl::Status ping = co_await store->Ping();
    if (ping.ok()) co_return true;
    co_await Delay(absl::Milliseconds(5));
  }
}

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_STORE_REDIS_READY_H_
