#ifndef EVERTOKEN_TESTS_SIMULATION_WATCHER_H_
#define EVERTOKEN_TESTS_SIMULATION_WATCHER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/broker/event_tail.h"
#include "server/broker/event_watch.h"
#include "server/store/sealing_event_log.h"
#include "tests/simulation/scheduler.h"
#include "tests/simulation/shared_store.h"
#include "tests/simulation/simulated_store.h"

namespace evertoken::simulation {

// An app, as it watches its grants' events through a process with the real EventTail and EventWatch: one stream after another, each gone
// on with from the last cursor that arrived. Streams break, and what is on their way is lost then.
class Watcher {
 public:
  struct Parts {
    Executor* executor = nullptr;
    SharedStore* store = nullptr;
    Chance* chance = nullptr;
    const StoreWeather* weather = nullptr;
    const Clock* clock = nullptr;
    std::string app;
    std::function<void(const std::string&)> trace;
  };

  explicit Watcher(Parts parts);
  ~Watcher();

  // Watches from the first event on.
  void Start();
  // The stream breaks; another one is begun a moment later.
  void HangUp();
  // No more streams.
  void Stop();

  const std::string& app() const { return parts_.app; }

  // The positions of all events that arrived, in that order, by shards.
  const std::vector<std::vector<EventPosition>>& arrived() const { return arrived_; }
  // Why a stream ended by itself; they should not.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  class Log;
  class Sink;

  Task<void> Watch();
  void Arrive(const v1::WatchGrantEventsResponse& response);

  const Parts parts_;
  SealingEventLog log_;
  EventTail tail_;
  EventPositions seen_;
  std::shared_ptr<Sink> sink_;
  std::vector<std::vector<EventPosition>> arrived_;
  std::vector<std::string> complaints_;
  bool stopped_ = false;
};

}  // namespace evertoken::simulation

#endif  // EVERTOKEN_TESTS_SIMULATION_WATCHER_H_
