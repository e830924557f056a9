#ifndef EVERTOKEN_TESTS_SIMULATION_WORLD_H_
#define EVERTOKEN_TESTS_SIMULATION_WORLD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/broker/broker.h"
#include "server/store/sealing_store.h"
#include "tests/fakes/fake_clock.h"
#include "tests/hostile_provider/engine.h"
#include "tests/simulation/machine.h"
#include "tests/simulation/scheduler.h"
#include "tests/simulation/shared_store.h"
#include "tests/simulation/simulated_store.h"
#include "tests/simulation/watcher.h"

namespace evertoken::simulation {

// What one run found.
struct Findings {
  std::vector<std::string> violations;
  std::vector<std::string> trace;  // when asked for
  int64_t presentations = 0;
  int renewals = 0;  // results that reached a process
  int crashes = 0;
  int pauses = 0;
  int failovers = 0;
  int forgotten = 0;  // writes
  int ambiguous = 0;  // grants that the provider's rules did not allow to save
  int tended = 0;     // grants that were well in the end without any caller
  int events = 0;     // that watchers were told of
};

// A small world made from a seed: some server processes with the real broker, one store, one provider that misbehaves, some users'
// grants, and callers; then minutes of trouble (crashes, pauses, lost and late answers, outages, failovers); then a quiet time, in
// which everything has to come right. Invariants are checked after every step and at the end; see CONTRIBUTING.md for the list.
class World {
 public:
  World(uint64_t seed, Protections protections, bool tracing);
  ~World();

  Findings Run();

 private:
  // One user's consent, as the test knows it.
  struct User {
    std::string access_token;  // ours
    std::string policy;        // the catalogue's entry
    const config::v1::App* app = nullptr;
    int64_t family = 0;
    SlotKey slot;
    bool is_companion = false;  // a further pair of another user, whose access token leads to it
    bool revoking = false;      // the app asked to
    bool revoked = false;       // and was told that it is done
    bool withdrawn = false;     // by the user at the provider
    bool forgotten = false;     // by a failover, in part
    storage::v1::Grant seen;    // in the slot, after the newest write
    std::vector<std::string>
        stored;  // the provider's access tokens, in the order in which they got into the slot
  };
  // A result that reached a process.
  struct Received {
    size_t user;
    std::string access_token;
    size_t machine;
    absl::Time time;
    bool process_died = false;
    bool excused =
        false;  // its process died before it could save it, or together with a store that forgot it
  };

  void MakeMachines();
  void MakeUsers();
  // Gives the newest user's login a further pair of tokens, as a user of its own.
  void MakeCompanion();
  // Applies to the user and to all that its access token leads to.
  void ForPairsOf(size_t user, const std::function<void(User*)>& what);
  void MakeWatchers();
  // Whether no protection was taken away.
  bool IsWhole() const;
  void PlanWeather();
  void PlanAccidents();
  void PlanCalls();
  void At(absl::Duration after, std::function<void()> what);

  void Call(size_t machine, size_t user);
  Task<void> Refresh(Broker* broker, size_t user);
  Task<void> Profile(Broker* broker, size_t user);
  Task<void> ProviderToken(Broker* broker, size_t user);
  Task<void> Revoke(size_t machine, size_t user);
  void LoseStore();
  void Crash(size_t machine);
  void Pause(size_t machine);
  void FailOver();
  void Quieten();

  bool RunUntil(absl::Time end);
  // In a world that tends its grants: until nothing is left to do for anybody, or for too long.
  bool RunUntilTended();
  bool IsTended(const User& user);
  // The last call for a user: a grant that can be renewed must be.
  absl::Status RefreshAtLast(size_t user);
  Task<void> CollectRefresh(Broker* broker, size_t user, std::shared_ptr<absl::Status> result);

  void OnTokens(size_t machine, const std::string& access_token);
  void OnWrite(const SlotKey& key, bool forgotten);
  void CheckEventsOf(User* user, bool forgotten, const storage::v1::Grant& grant);
  void CheckWatchers();
  void CheckStep();
  void CheckResults();
  void CheckTended();
  void CheckEnd(size_t user, const absl::Status& refreshed);
  void Violate(const std::string& what);
  void Trace(const std::string& line);
  storage::v1::Grant Stored(const SlotKey& key);

  const Protections protections_;
  const bool tracing_;
  Chance chance_;
  Chance
      watching_;  // of its own, so that worlds without watchers are the same with and without this part
  Chance pairing_;  // likewise
  FakeClock clock_;
  const absl::Time start_ = clock_.Now();
  Scheduler scheduler_{&clock_, &chance_};
  Scheduler::Process* const script_ = scheduler_.NewProcess();
  SharedStore shared_{&clock_, protections_};
  SealingStore direct_;
  StoreWeather weather_;
  hostile::HostileProvider provider_;
  bool tends_ = false;  // whether grants are tended without callers
  absl::Time quiet_since_ = absl::InfiniteFuture();
  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<User> users_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::map<std::string, size_t> user_of_slot_;
  std::vector<Received> received_;
  int calls_open_ = 0;
  bool store_failed_ = false;
  int64_t reused_ = 0;
  Findings findings_;
};

}  // namespace evertoken::simulation

#endif  // EVERTOKEN_TESTS_SIMULATION_WORLD_H_
