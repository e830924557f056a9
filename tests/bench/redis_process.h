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

  // Scripts that clients ran so far, each one round trip; what a script itself calls does not count.
  int64_t ScriptCalls() const;

  // What the values of all keys like this take of it.
  int64_t BytesOfKeys(const std::string& pattern) const;

 private:
  // The number that follows `name` in a section of INFO; 0 when there is none.
  int64_t Info(const std::string& section, const std::string& name) const;

  RedisProcess(int port, std::unique_ptr<demo::ChildProcess> process);

  const int port_;
  const std::unique_ptr<demo::ChildProcess> process_;
};

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_REDIS_PROCESS_H_
