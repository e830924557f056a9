#ifndef EVERTOKEN_TESTS_FAKES_FAULTY_EVENT_LOG_H_
#define EVERTOKEN_TESTS_FAKES_FAULTY_EVENT_LOG_H_

#include <memory>
#include <utility>

#include "server/store/event_log.h"

namespace evertoken {

// An event log that a test takes away and brings back, and that counts what it is asked. Belongs to one executor.
class FaultyEventLog final : public EventLog {
 public:
  explicit FaultyEventLog(std::unique_ptr<EventLog> log) : log_(std::move(log)) {}

  void GoDown() { down_ = true; }
  void Recover() { down_ = false; }
  int reads() const { return reads_; }

  int shards() const override { return log_->shards(); }
  Task<absl::StatusOr<EventBatch>> Read(int shard, EventPosition after, int limit) override {
    ++reads_;
    if (down_) co_return absl::UnavailableError("the test broke the store");
    absl::StatusOr<EventBatch> batch = co_await log_->Read(shard, after, limit);
    co_return batch;
  }
  Task<void> AwaitEvents(absl::Duration at_most) override { return log_->AwaitEvents(at_most); }

 private:
  const std::unique_ptr<EventLog> log_;
  bool down_ = false;
  int reads_ = 0;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_FAULTY_EVENT_LOG_H_
