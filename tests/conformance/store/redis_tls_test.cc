#include <memory>
#include <vector>

#include "tests/conformance/store/redis_harness.h"
#include "tests/conformance/store/store_conformance.h"

namespace evertoken {
namespace {

INSTANTIATE_STORE_CONFORMANCE(RedisTls, [](const std::vector<EventLoop*>& loops) {
  RedisProcess::Options server;
  server.tls = true;
  server.password = "letmein";
  return std::make_unique<RedisHarness>(loops, server);
});

}  // namespace
}  // namespace evertoken
