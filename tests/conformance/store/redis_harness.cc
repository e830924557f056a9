#include "tests/conformance/store/redis_harness.h"

#include "gtest/gtest.h"
#include "tests/fakes/await_on.h"
#include "tests/store/redis_ready.h"

namespace evertoken {
namespace {

std::shared_ptr<const RedisOptions> OptionsFor(const RedisProcess& server,
                                               const RedisProcess::Options& settings) {
  auto options = std::make_shared<RedisOptions>();
  options->port = server.port();
  options->password = Secret(settings.password);
  options->operation_timeout = absl::Seconds(30);
  options->events_kept = 3000 * RedisKeys::kShards;
  if (settings.tls) {
    RedisTls::Files files;
    files.ca = server.certificate();
    options->tls = *RedisTls::New(files, "localhost");
  }
  return options;
}

}  // namespace

RedisHarness::RedisHarness(const std::vector<EventLoop*>& loops,
                           const RedisProcess::Options& server)
    : loops_(loops), server_(server) {
  for (EventLoop* loop : loops) {
    const auto client = std::make_shared<RedisClient>(loop, OptionsFor(server_, server));
    replicas_.push_back({std::make_unique<RedisStore>(client),
                         std::make_unique<RedisDueQueue>(client),
                         std::make_unique<RedisEventLog>(client)});
  }
}

void RedisHarness::Mend() {
  server_.Start();
  for (size_t i = 0; i < replicas_.size(); ++i) AwaitOn(loops_[i], UntilReady(store(i)));
}

}  // namespace evertoken
