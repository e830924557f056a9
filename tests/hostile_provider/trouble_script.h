#ifndef EVERTOKEN_TESTS_HOSTILE_PROVIDER_TROUBLE_SCRIPT_H_
#define EVERTOKEN_TESTS_HOSTILE_PROVIDER_TROUBLE_SCRIPT_H_

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/hostile_provider/trouble.h"

namespace evertoken::hostile {

// Decides which request meets which trouble: first those queued for the request's family, then those queued for anybody, then
// by chance. The same calls after the same seed give the same troubles. Not thread-safe.
class TroubleScript {
 public:
  // Stands for every family, and for requests that belong to none.
  static constexpr int64_t kAnybody = 0;
  static constexpr size_t kMostQueued = 10000;
  static constexpr int64_t kMostTimes = 1000000000;

  explicit TroubleScript(uint64_t seed) : random_(seed) {}

  // The next `times` requests to `endpoint` (for `family`) meet `trouble`, after what was queued before. INVALID_ARGUMENT
  // unless `times` is 1 to kMostTimes; RESOURCE_EXHAUSTED when kMostQueued calls of this wait.
  absl::Status Queue(Endpoint endpoint, Trouble trouble, int64_t times = 1,
                     int64_t family = kAnybody);

  // A request to `endpoint` for which nothing is queued meets `trouble` with this probability. Chances of one endpoint add up
  // to at most 1: INVALID_ARGUMENT otherwise. kNone can be given a chance too, with delays.
  absl::Status AddChance(Endpoint endpoint, Trouble trouble, double probability);

  // No troubles from now on.
  void Clear();

  // Troubles queued and not met yet.
  int64_t queued() const;

  // What the next request meets; kNone: nothing.
  Trouble Next(Endpoint endpoint, int64_t family);

 private:
  struct Queued {
    Trouble trouble;
    int64_t times;
  };
  struct Chance {
    Trouble trouble;
    double probability;
  };

  // Takes one from a queue; false when there is none.
  bool Take(Endpoint endpoint, int64_t family, Trouble* trouble);

  std::mt19937_64 random_;
  std::map<std::pair<Endpoint, int64_t>, std::deque<Queued>> queues_;
  size_t entries_ = 0;
  std::map<Endpoint, std::vector<Chance>> chances_;
};

}  // namespace evertoken::hostile

#endif  // EVERTOKEN_TESTS_HOSTILE_PROVIDER_TROUBLE_SCRIPT_H_
