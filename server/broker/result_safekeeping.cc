#include "server/broker/result_safekeeping.h"

#include <utility>

#include "server/base/error.h"

namespace evertoken {

ResultSafekeeping::ResultSafekeeping(Executor* executor, ResultJournal* journal,
                                     RequestContext context,
                                     std::optional<ResultJournal::EntryId> journaled)
    : executor_(executor), state_(std::make_shared<State>()) {
  state_->journal = journal;
  state_->context = std::move(context);
  state_->begun = journaled.has_value();
  state_->entry = journaled;
}

ResultSafekeeping::~ResultSafekeeping() { Disarm(); }

void ResultSafekeeping::Arm(const storage::v1::RenewedGrant* renewed) {
  if (state_->begun || timer_.has_value()) return;
  timer_ = executor_->RunAfter(kPatience, [this, renewed] {
    timer_.reset();
    absl::Status slow = MakeError(v1::ERROR_REASON_STORE_UNAVAILABLE, "the store takes long");
    Spawn(executor_, KeepNow(*renewed, std::move(slow)));
  });
}

void ResultSafekeeping::Disarm() {
  if (timer_.has_value()) executor_->CancelTimer(*timer_);
  timer_.reset();
}

Task<void> ResultSafekeeping::KeepNow(const storage::v1::RenewedGrant& renewed, absl::Status why) {
  Disarm();
  return Keep(state_, renewed.grant().grant_id(), renewed.SerializeAsString(), std::move(why));
}

Task<void> ResultSafekeeping::Keep(std::shared_ptr<State> state, std::string grant_id,
                                   std::string record, absl::Status why) {
  if (std::exchange(state->begun, true)) co_return;
  absl::StatusOr<ResultJournal::EntryId> kept = co_await state->journal->Append(std::move(record));
  Log(LogLevel::kError, kept.ok() ? "renewal_journaled" : "renewal_only_in_memory", state->context,
      {{"grant", grant_id}, {"why", why}, {"journal", kept.status()}});
  if (!kept.ok()) co_return;
  if (state->released) {
    state->journal->Remove(*kept);
  } else {
    state->entry = *kept;
  }
}

void ResultSafekeeping::Release() {
  Disarm();
  state_->released = true;
  if (state_->entry.has_value()) state_->journal->Remove(*state_->entry);
  state_->entry.reset();
}

}  // namespace evertoken
