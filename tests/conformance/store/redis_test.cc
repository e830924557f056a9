#include <memory>
#include <vector>

#include "tests/conformance/store/redis_harness.h"
#include "tests/conformance/store/store_conformance.h"

namespace evertoken {
namespace {

INSTANTIATE_STORE_CONFORMANCE(Redis, [](const std::vector<EventLoop*>& loops) {
  return std::make_unique<RedisHarness>(loops, RedisProcess::Options{});
});

}  // namespace
}  // namespace evertoken
