#ifndef EVERTOKEN_TESTS_SIMULATION_SIMULATED_STORE_H_
#define EVERTOKEN_TESTS_SIMULATION_SIMULATED_STORE_H_

#include <functional>
#include <memory>
#include <string>

#include "server/store/due_queue.h"
#include "server/store/token_store.h"
#include "tests/simulation/scheduler.h"
#include "tests/simulation/shared_store.h"

namespace evertoken::simulation {

// How the way between processes and store is.
struct StoreWeather {
  double request_lost = 0;
  double reply_lost = 0;
  double slow = 0;
  bool down = false;
};

// One process's way to the store: requests and replies take time, get lost, or arrive after the process has died. When the process
// crashes, its store turns into one that knows nothing: what is still running in it ends without any effect.
class SimulatedStore final : public TokenStore, public DueQueue {
 public:
  // Longer waits count as failed, as with the real stores.
  static constexpr absl::Duration kTimeout = absl::Seconds(2);

  // The test's own way, at which nothing happens and nothing waits.
  explicit SimulatedStore(SharedStore* shared) : shared_(shared) {}

  SimulatedStore(SharedStore* shared, Chance* chance, const StoreWeather* weather,
                 const bool* crashed, const Protections* protections,
                 std::function<void(const std::string&)> trace);

  Task<absl::StatusOr<GrantSlot>> ReadGrant(SlotKey key) override;
  Task<absl::Status> CreateGrant(SlotKey key, GrantWrite write) override;
  Task<absl::StatusOr<uint64_t>> WriteGrant(SlotKey key, uint64_t expected_version,
                                            GrantWrite write) override;
  Task<absl::StatusOr<RenewalLease>> BeginRenewal(SlotKey key, std::string owner,
                                                  absl::Duration duration) override;
  Task<absl::Status> ExtendLease(SlotKey key, uint64_t fence, absl::Duration duration) override;
  Task<absl::Status> PresentAgain(SlotKey key, uint64_t fence, absl::Duration duration) override;
  Task<absl::StatusOr<uint64_t>> CommitRenewal(SlotKey key, uint64_t fence,
                                               uint64_t expected_version, int lost_answers,
                                               GrantWrite write) override;
  Task<absl::Status> AbandonRenewal(SlotKey key, uint64_t fence) override;
  Task<void> AwaitChange(SlotKey key, absl::Duration at_most) override;
  Task<absl::Status> PutTicket(SlotKey key, std::string owner, std::string record,
                               absl::Duration ttl) override;
  Task<absl::StatusOr<Ticket>> SpendTicket(SlotKey key, std::string owner,
                                           absl::Duration replay_window) override;
  Task<absl::Status> Ping() override;

  int shards() const override { return 1; }
  Task<absl::StatusOr<DueClaim>> Claim(int shard, std::string owner, absl::Duration hold,
                                       int limit) override;
  Task<absl::Status> Release(int shard, std::string owner) override;

 private:
  // Carries an operation there and its result back. `dead`: the result in a process that crashed.
  template <typename T>
  Task<T> Carry(const char* name, std::function<T()> operation, T dead);

  SharedStore* const shared_;
  Chance* const chance_ = nullptr;
  const StoreWeather* const weather_ = nullptr;  // null: the test's own way
  const bool* const crashed_ = nullptr;
  const Protections* const protections_ = nullptr;
  const std::function<void(const std::string&)> trace_;
};

}  // namespace evertoken::simulation

#endif  // EVERTOKEN_TESTS_SIMULATION_SIMULATED_STORE_H_
