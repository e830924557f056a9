#ifndef EVERTOKEN_TESTS_CONFORMANCE_STORE_STORE_CONFORMANCE_H_
#define EVERTOKEN_TESTS_CONFORMANCE_STORE_STORE_CONFORMANCE_H_

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/base/event_loop.h"
#include "server/base/task.h"
#include "server/store/due_queue.h"
#include "server/store/event_log.h"
#include "server/store/token_store.h"

// What every TokenStore guarantees (server/store/token_store.h), with its DueQueue and EventLog, as tests. A store joins with an adopter of a few lines:
//
//   INSTANTIATE_STORE_CONFORMANCE(Memory, [](const std::vector<EventLoop*>&) {
//     return std::make_unique<MemoryHarness>();
//   });
namespace evertoken {

// A store under test, and the levers that the suite pulls.
class StoreHarness {
 public:
  virtual ~StoreHarness() = default;

  // The store of one of the replicas that share the slots.
  virtual TokenStore* store(size_t replica) = 0;
  virtual DueQueue* due(size_t replica) = 0;
  virtual EventLog* events(size_t replica) = 0;

  // Lets time pass by the store's clock.
  virtual void Advance(absl::Duration duration) = 0;

  // Whether Break and Mend work here.
  virtual bool CanBreak() const { return false; }
  // From now on the store cannot be used, as if its server had died.
  virtual void Break() {}
  virtual void Mend() {}
};

using StoreHarnessFactory =
    std::function<std::unique_ptr<StoreHarness>(const std::vector<EventLoop*>& loops)>;

class StoreConformance : public testing::TestWithParam<StoreHarnessFactory> {
 protected:
  static constexpr size_t kReplicas = 2;

  StoreConformance();
  ~StoreConformance() override;

  StoreHarness* harness() { return harness_.get(); }
  TokenStore* store(size_t replica = 0) { return harness_->store(replica); }
  DueQueue* due(size_t replica = 0) { return harness_->due(replica); }
  EventLog* events(size_t replica = 0) { return harness_->events(replica); }

  // Starts an operation of a replica's store on its loop.
  template <typename T>
  std::future<T> Start(size_t replica, Task<T> task) {
    std::promise<T> promise;
    std::future<T> future = promise.get_future();
    Spawn(loops_[replica].get(), Fulfil(std::move(task), std::move(promise)));
    return future;
  }

  // Runs one to its end.
  template <typename T>
  T Run(Task<T> task, size_t replica = 0) {
    return Start(replica, std::move(task)).get();
  }

  // Whether something that must not need any patience has ended. The time is only a guard against hanging.
  template <typename T>
  static bool EndsSoon(std::future<T>* future) {
    return future->wait_for(std::chrono::minutes(2)) == std::future_status::ready;
  }

  // A key that nobody used before.
  static SlotKey NewKey();
  static GrantWrite Write(std::string record, absl::Duration ttl = absl::Hours(1));

  // A grant of version 1 with this record.
  SlotKey MakeGrant(const std::string& record, absl::Duration ttl = absl::Hours(1));
  // One grant for each write, all at once.
  std::vector<SlotKey> MakeGrants(const std::vector<GrantWrite>& writes);
  absl::StatusOr<GrantSlot> Read(const SlotKey& key, size_t replica = 0);
  absl::StatusOr<RenewalLease> Begin(const SlotKey& key, absl::Duration duration = absl::Minutes(1),
                                     size_t replica = 0);

 private:
  template <typename T>
  static Task<void> Fulfil(Task<T> task, std::promise<T> promise) {
    T value = co_await std::move(task);
    promise.set_value(std::move(value));
  }

  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::unique_ptr<StoreHarness> harness_;
};

// The topics: one file each.
class StoreBasic : public StoreConformance {};
class StoreTickets : public StoreConformance {};
class StoreAtomic : public StoreConformance {};
class StoreConcurrent : public StoreConformance {};
class StoreLease : public StoreConformance {};
class StoreWaits : public StoreConformance {};
class StoreDue : public StoreConformance {
 protected:
  static GrantWrite Due(absl::Duration due_in, absl::Duration ttl = absl::Hours(1000));
  SlotKey MakeDue(absl::Duration due_in, absl::Duration ttl = absl::Hours(1000));

  // The shard that the only due grant is in.
  int ShardOfTheDueOne();
  absl::StatusOr<DueClaim> Claim(int shard, const std::string& owner, int limit = 100,
                                 size_t replica = 0, absl::Duration hold = absl::Minutes(10));
  // Claims all there is in all shards, `limit` at a time.
  std::vector<DueGrant> ClaimAll(int limit = 100, size_t replica = 0);
  std::vector<SlotKey> KeysOf(const std::vector<DueGrant>& grants);
};
class StoreEvents : public StoreConformance {
 protected:
  GrantWrite WithEvents(std::vector<std::string> events);
  // All there is, shard by shard.
  std::vector<StoredEvent> ReadAll(size_t replica = 0, int limit = 100);
};
class StoreExpiry : public StoreConformance {};
class StoreFaults : public StoreConformance {};

}  // namespace evertoken

#define INSTANTIATE_STORE_CONFORMANCE(name, factory)                                              \
  INSTANTIATE_TEST_SUITE_P(name, StoreBasic, testing::Values(StoreHarnessFactory(factory)));      \
  INSTANTIATE_TEST_SUITE_P(name, StoreTickets, testing::Values(StoreHarnessFactory(factory)));    \
  INSTANTIATE_TEST_SUITE_P(name, StoreAtomic, testing::Values(StoreHarnessFactory(factory)));     \
  INSTANTIATE_TEST_SUITE_P(name, StoreConcurrent, testing::Values(StoreHarnessFactory(factory))); \
  INSTANTIATE_TEST_SUITE_P(name, StoreLease, testing::Values(StoreHarnessFactory(factory)));      \
  INSTANTIATE_TEST_SUITE_P(name, StoreWaits, testing::Values(StoreHarnessFactory(factory)));      \
  INSTANTIATE_TEST_SUITE_P(name, StoreDue, testing::Values(StoreHarnessFactory(factory)));        \
  INSTANTIATE_TEST_SUITE_P(name, StoreEvents, testing::Values(StoreHarnessFactory(factory)));     \
  INSTANTIATE_TEST_SUITE_P(name, StoreExpiry, testing::Values(StoreHarnessFactory(factory)));     \
  INSTANTIATE_TEST_SUITE_P(name, StoreFaults, testing::Values(StoreHarnessFactory(factory)))

#endif  // EVERTOKEN_TESTS_CONFORMANCE_STORE_STORE_CONFORMANCE_H_
