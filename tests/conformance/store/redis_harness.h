#ifndef EVERTOKEN_TESTS_CONFORMANCE_STORE_REDIS_HARNESS_H_
#define EVERTOKEN_TESTS_CONFORMANCE_STORE_REDIS_HARNESS_H_

#include <memory>
#include <vector>

#include "server/base/event_loop.h"
#include "server/store/redis/redis_options.h"
#include "server/store/redis/redis_store.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/redis_process.h"

namespace evertoken {

// A Redis server with a store, and so a connection, for each loop.
class RedisHarness final : public StoreHarness {
 public:
  RedisHarness(const std::vector<EventLoop*>& loops, const RedisProcess::Options& server);

  TokenStore* store(size_t replica) override { return stores_[replica].get(); }
  void Advance(absl::Duration duration) override { server_.Advance(duration); }
  bool CanBreak() const override { return true; }
  void Break() override { server_.Kill(); }
  void Mend() override;

 private:
  const std::vector<EventLoop*> loops_;
  RedisProcess server_;
  std::vector<std::unique_ptr<RedisStore>> stores_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_CONFORMANCE_STORE_REDIS_HARNESS_H_
