#ifndef EVERTOKEN_TESTS_BENCH_LOAD_CLIENT_H_
#define EVERTOKEN_TESTS_BENCH_LOAD_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace evertoken::bench {

struct LoadResult {
  int64_t calls = 0;
  int64_t errors = 0;
  std::string first_error;
  absl::Duration took;
  std::vector<absl::Duration> latencies;  // sorted

  double PerSecond() const;
  // `fraction` 0.99: the latency that 99 of 100 calls did not exceed.
  absl::Duration Percentile(double fraction) const;
};

// Calls one gRPC method with ready-made bytes, always with the same number of calls in flight, on callbacks: the same code, whatever
// is called. Blocking; one run at a time.
class LoadClient {
 public:
  // `authorization` goes out with every call.
  LoadClient(const std::string& address, std::string authorization);
  ~LoadClient();

  // Sees the response to requests[index]. Several threads at a time.
  using Observer = std::function<void(size_t index, const std::string& response)>;

  // Sends each request once.
  LoadResult SendAll(const std::string& method, const std::vector<std::string>& requests,
                     int in_flight, const Observer& observer = nullptr);

  // Sends the requests over and over until `duration` has passed.
  LoadResult SendFor(const std::string& method, const std::vector<std::string>& requests,
                     int in_flight, absl::Duration duration);

 private:
  class Run;
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_LOAD_CLIENT_H_
