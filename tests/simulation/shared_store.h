#ifndef EVERTOKEN_TESTS_SIMULATION_SHARED_STORE_H_
#define EVERTOKEN_TESTS_SIMULATION_SHARED_STORE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/store/due_queue.h"
#include "server/store/event_log.h"
#include "server/store/slot_rules.h"
#include "server/store/token_store.h"

namespace evertoken::simulation {

// What the renewal protocol is made of. A test takes one part away and must see the simulation fail.
struct Protections {
  bool fencing = true;           // late holders change nothing
  bool compare_and_swap = true;  // a write over another version changes nothing
  bool write_ahead = true;       // an attempt stands in the slot before a token is spent
  bool persist_first = true;     // a commit is answered when it is done, not before
  bool journal = true;           // what the store cannot take survives a crash
};

// The grants' slots as the one store of all processes, with the real rules of what an operation does. It can fail over to a copy
// that missed the last writes. Operations are immediate; see SimulatedStore for the way there. Single-threaded.
class SharedStore {
 public:
  SharedStore(const Clock* clock, Protections protections)
      : clock_(clock), protections_(protections) {}

  absl::StatusOr<GrantSlot> Read(const SlotKey& key);
  absl::Status Create(const SlotKey& key, GrantWrite write);
  absl::StatusOr<uint64_t> Write(const SlotKey& key, uint64_t expected_version, GrantWrite write);
  absl::StatusOr<RenewalLease> Begin(const SlotKey& key, std::string owner,
                                     absl::Duration duration);
  absl::Status Extend(const SlotKey& key, uint64_t fence, absl::Duration duration);
  absl::Status PresentAgain(const SlotKey& key, uint64_t fence, absl::Duration duration);
  absl::StatusOr<uint64_t> Commit(const SlotKey& key, uint64_t fence, uint64_t expected_version,
                                  int lost_answers, GrantWrite write);
  absl::Status Abandon(const SlotKey& key, uint64_t fence);

  // As DueQueue, with one shard.
  DueClaim Claim(const std::string& owner, absl::Duration hold, int limit);
  void Release(const std::string& owner);

  // Presentations that nobody knows the answer of.
  int OpenAnswers(const SlotKey& key);

  // As EventLog. Positions of events that a failover forgot are not given out again.
  static constexpr int kEventShards = 2;
  EventBatch ReadEvents(int shard, EventPosition after, int limit) const;
  // What the newest write of a record appended.
  const std::vector<std::string>& newest_events() const { return newest_events_; }

  // How far a copy may lag behind.
  static constexpr absl::Duration kLongestLag = absl::Seconds(5);

  // Forgets up to `most` of the last writes, and gives how many. What a token was spent upon (leases, attempts, new slots) is never
  // forgotten: the store waits for its copies there (`store.redis.wait_replicas`). The new clock is `skew` ahead.
  int FailOver(int most, absl::Duration skew);
  int failovers() const { return failovers_; }

  // Called after a record was written or a failover brought an older one back.
  void SetWatcher(std::function<void(const SlotKey&, bool forgotten)> watcher) {
    watcher_ = std::move(watcher);
  }

 private:
  struct Undo {
    SlotKey key;
    std::optional<GrantState> before;
    absl::Duration time;
    bool lasting;
    std::array<size_t, kEventShards> events;  // how many there were
  };

  GrantState* Find(const SlotKey& key);
  // To be called before a change.
  void Note(const SlotKey& key, bool lasting);
  uint64_t CurrentFence(const SlotKey& key, uint64_t fence);
  // Tells everybody else of a write that was done.
  void Spread(const SlotKey& key, const std::string& app, std::vector<std::string> events);
  uint64_t CurrentVersion(const SlotKey& key, uint64_t version);
  absl::Time Now() const { return clock_->Now() + skew_; }

  const Clock* const clock_;
  const Protections protections_;
  std::map<std::string, GrantState> slots_;
  std::string due_holder_;
  absl::Time due_held_until_ = absl::InfinitePast();
  std::vector<Undo> undo_;
  std::array<std::vector<StoredEvent>, kEventShards> events_;
  std::vector<std::string> newest_events_;
  uint64_t event_numbers_ = 0;  // given out so far
  absl::Duration skew_;
  int failovers_ = 0;
  std::function<void(const SlotKey&, bool)> watcher_;
};

}  // namespace evertoken::simulation

#endif  // EVERTOKEN_TESTS_SIMULATION_SHARED_STORE_H_
