#ifndef EVERTOKEN_TESTS_CONFORMANCE_STORE_REDIS_HARNESS_H_
#define EVERTOKEN_TESTS_CONFORMANCE_STORE_REDIS_HARNESS_H_

#include <memory>
#include <vector>

#include "server/base/event_loop.h"
#include "server/store/redis/redis_due_queue.h"
#include "server/store/redis/redis_event_log.h"
#include "server/store/redis/redis_options.h"
#include "server/store/redis/redis_store.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/fakes/redis_process.h"

namespace evertoken {

// A Redis server with a store, and so a connection, for each loop.
class RedisHarness final : public StoreHarness {
 public:
  RedisHarness(const std::vector<EventLoop*>& loops, const RedisProcess::Options& server);

  TokenStore* store(size_t replica) override { return replicas_[replica].store.get(); }
  DueQueue* due(size_t replica) override { return replicas_[replica].due.get(); }
  EventLog* events(size_t replica) override { return replicas_[replica].events.get(); }
  void Advance(absl::Duration duration) override { server_.Advance(duration); }
  bool CanBreak() const override { return true; }
  void Break() override { server_.Kill(); }
  void Mend() override;

 private:
  struct Replica {
    std::unique_ptr<RedisStore> store;
    std::unique_ptr<RedisDueQueue> due;
    std::unique_ptr<RedisEventLog> events;
  };

  const std::vector<EventLoop*> loops_;
  RedisProcess server_;
  std::vector<Replica> replicas_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_CONFORMANCE_STORE_REDIS_HARNESS_H_
