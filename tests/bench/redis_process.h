#ifndef EVERTOKEN_TESTS_BENCH_REDIS_PROCESS_H_
#define EVERTOKEN_TESTS_BENCH_REDIS_PROCESS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/demo/child_process.h"

namespace evertoken::bench {

// A Redis server of our own on a free port of 127.0.0.1, without persistence.
class RedisProcess {
 public:
  // NOT_FOUND when no redis-server is installed. `directory` must exist.
  static absl::StatusOr<std::unique_ptr<RedisProcess>> Start(const std::string& directory);

  std::string address() const;

  // Memory that its data takes, by its own account.
  int64_t UsedBytes() const;

 private:
  RedisProcess(int port, std::unique_ptr<demo::ChildProcess> process);

  const int port_;
  const std::unique_ptr<demo::ChildProcess> process_;
};

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_REDIS_PROCESS_H_
