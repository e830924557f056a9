#ifndef EVERTOKEN_TESTS_STORE_REDIS_FIXTURE_H_
#define EVERTOKEN_TESTS_STORE_REDIS_FIXTURE_H_

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/base/event_loop.h"
#include "server/store/redis/redis_options.h"
#include "server/store/redis/redis_store.h"
#include "tests/fakes/await_on.h"
#include "tests/fakes/redis_process.h"
#include "tests/store/redis_ready.h"

namespace evertoken {

// A loop for Redis stores, all gone in the right order at the end.
class RedisFixture : public testing::Test {
 protected:
  // Not in the destructor: what a test's own members hear must end before they do.
  void TearDown() override {
    loop_.Stop();
    stores_.clear();
  }

  // How to reach `server`, patiently: no test's outcome hangs on a slow machine.
  static RedisOptions OptionsFor(const RedisProcess& server) {
    RedisOptions options;
    options.port = server.port();
    options.operation_timeout = absl::Seconds(30);
    return options;
  }

  // A master whose replicas get their first copy at once, not after a pause for more of them.
  static RedisProcess::Options MasterSettings() {
    RedisProcess::Options settings;
    settings.settings = {"--repl-diskless-sync-delay", "0"};
    return settings;
  }
  static RedisProcess::Options ReplicaOf(const RedisProcess& master) {
    RedisProcess::Options settings;
    settings.settings = {"--replicaof", "127.0.0.1", std::to_string(master.port())};
    return settings;
  }

  RedisStore* NewStore(RedisOptions options) {
    stores_.push_back(std::make_unique<RedisStore>(
        std::make_shared<RedisClient>(&loop_, std::make_shared<RedisOptions>(std::move(options)))));
    return stores_.back().get();
  }

  template <typename T>
  T Run(Task<T> task) {
    return AwaitOn(&loop_, std::move(task));
  }
  // Starts a task without waiting for it.
  template <typename T>
  std::future<T> Start(Task<T> task) {
    std::promise<T> promise;
    std::future<T> future = promise.get_future();
    Spawn(&loop_, Fulfil(std::move(task), std::move(promise)));
    return future;
  }
  void AwaitReady(RedisStore* store) { Run(UntilReady(store)); }

  static GrantWrite Write(std::string record) {
    return GrantWrite{"shop", std::move(record), absl::Hours(1)};
  }

  EventLoop loop_{"redis-test"};

 private:
  template <typename T>
  static Task<void> Fulfil(Task<T> task, std::promise<T> promise) {
    T value = co_await std::move(task);
    promise.set_value(std::move(value));
  }

  std::vector<std::unique_ptr<RedisStore>> stores_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_STORE_REDIS_FIXTURE_H_
