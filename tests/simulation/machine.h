#ifndef EVERTOKEN_TESTS_SIMULATION_MACHINE_H_
#define EVERTOKEN_TESTS_SIMULATION_MACHINE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/broker/app_registry.h"
#include "server/broker/broker.h"
#include "server/store/key_ring.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/memory_journal.h"
#include "tests/hostile_provider/engine.h"
#include "tests/simulation/scheduler.h"
#include "tests/simulation/shared_store.h"
#include "tests/simulation/simulated_store.h"

namespace evertoken::simulation {

constexpr absl::Duration kGrace = absl::Seconds(30);

// What all machines of all worlds have in common: the keys, and two apps, `lively` with `keep_alive: proactive` and `app` without, each
// with a catalogue entry for each lost_response_policy: `never`, `once`, `grace` and `harmless`.
struct Setting {
  std::unique_ptr<KeyRing> keys;
  std::unique_ptr<AppRegistry> apps;
};
const Setting& GetSetting();

// A host with a disk that outlives the server process on it.
class Machine {
 public:
  struct Parts {
    Scheduler* scheduler = nullptr;
    Executor* network = nullptr;  // what is on its way, whatever becomes of the processes
    Chance* chance = nullptr;
    const FakeClock* clock = nullptr;
    SharedStore* store = nullptr;
    const StoreWeather* weather = nullptr;
    const Protections* protections = nullptr;
    bool tends = false;  // whether processes tend due grants
    hostile::HostileProvider* provider = nullptr;
    std::function<void(const std::string& access_token)> on_tokens;
    std::function<void(const std::string&)> trace;
  };

  // `skew`: how far its clock is ahead.
  Machine(Parts parts, absl::Duration skew);
  ~Machine();

  // A new server process, which replays the journal.
  void Start();
  // What runs in the process goes on without any effect on anybody.
  void Crash();
  // No grant is tended from now on.
  void StopTending();
  bool running() const;
  // The connection to the store is lost.
  void Disconnect();
  void PauseUntil(absl::Time end);
  absl::Time paused_until() const { return paused_until_; }

  Broker* broker() const;
  Executor* executor() const;
  size_t journaled() const { return disk_.size(); }

 private:
  class Process;

  const Parts parts_;
  const absl::Duration skew_;
  absl::Time paused_until_ = absl::InfinitePast();
  MemoryJournal disk_;
  // The last one is the present one, if it runs.
  std::vector<std::unique_ptr<Process>> processes_;
};

}  // namespace evertoken::simulation

#endif  // EVERTOKEN_TESTS_SIMULATION_MACHINE_H_
