#include "server/broker/keep_alive_worker.h"

#include <algorithm>
#include <utility>

#include "server/base/ids.h"
#include "server/base/log.h"
#include "server/broker/backoff.h"

namespace evertoken {
namespace {

constexpr BackoffRange kStorePause = {absl::Seconds(1), absl::Seconds(30)};
// What is claimed at once, as a time at the full rate: so short that replicas take turns at the shards.
constexpr double kBatchSeconds = 0.5;
// A grant that is due for so long tells that the rate is too low, or a provider is down.
constexpr absl::Duration kBehind = absl::Minutes(5);
constexpr absl::Duration kTellEvery = absl::Minutes(1);

int BatchOf(const KeepAliveWorker::Parts& parts) {
  const int shards = parts.due->shards();
  const double wanted = std::min(parts.share.LoopRate(shards) * kBatchSeconds,
                                 static_cast<double>(parts.share.LoopConcurrent(shards)));
  return static_cast<int>(std::clamp(wanted, 1.0, static_cast<double>(DueQueue::kLargestClaim)));
}

}  // namespace

KeepAliveWorker::KeepAliveWorker(Parts parts)
    : parts_(std::move(parts)),
      owner_(RandomToken(16)),
      limiter_(parts_.executor, parts_.clock, parts_.share.LoopRate(parts_.due->shards()),
               parts_.share.LoopConcurrent(parts_.due->shards())),
      batch_(BatchOf(parts_)) {}

void KeepAliveWorker::Start() {
  if (parts_.share.seat < parts_.due->shards()) ScheduleRound(kPoll * parts_.random());
}

void KeepAliveWorker::Stop() {
  stopped_ = true;
  limiter_.Stop();
}

void KeepAliveWorker::ScheduleRound(absl::Duration wait) {
  // By a timer and not inside the coroutine: a loop that ends drops timers, and would leave the coroutine behind.
  parts_.executor->RunAfter(wait, [this] {
    if (stopped_) return;
    in_flight_.fetch_add(1, std::memory_order_relaxed);
    Spawn(parts_.executor, Round());
  });
}

Task<void> KeepAliveWorker::Round() {
  bool more = false;
  absl::Status failure;
  const int shards = parts_.due->shards();
  for (int shard = parts_.share.seat; shard < shards && failure.ok() && !stopped_;
       shard += parts_.share.seats) {
    const absl::StatusOr<bool> worked = co_await WorkOn(shard);
    failure = worked.status();
    if (worked.ok() && *worked) more = true;
  }
  if (failure.ok()) failures_ = 0;
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  if (!failure.ok()) {
    ScheduleRound(PauseAfter(failure));
  } else {
    ScheduleRound(more ? absl::ZeroDuration() : kPoll * (1 + parts_.random()) / 2);
  }
}

Task<absl::StatusOr<bool>> KeepAliveWorker::WorkOn(int shard) {
  absl::StatusOr<DueClaim> claim = co_await parts_.due->Claim(shard, owner_, kHold, batch_);
  if (!claim.ok()) co_return claim.status();
  Note(shard, *claim);
  const bool full = static_cast<int>(claim->grants.size()) == batch_;
  const bool began = co_await BeginWith(*std::move(claim));
  if (!full) co_return false;
  absl::Status released = co_await parts_.due->Release(shard, owner_);
  if (!released.ok()) co_return released;
  co_return began;
}

Task<bool> KeepAliveWorker::BeginWith(DueClaim claim) {
  const absl::Duration claimed = parts_.clock->SinceBoot();
  for (DueGrant& grant : claim.grants) {
    const bool begins = co_await limiter_.Begin();
    if (!begins) co_return false;
    if (parts_.clock->SinceBoot() - claimed > kHold / 2) {
      // Another replica may claim the rest any moment.
      limiter_.End(/*counts=*/false);
      co_return true;
    }
    in_flight_.fetch_add(1, std::memory_order_relaxed);
    Spawn(parts_.executor, Visit(std::move(grant.key)));
  }
  co_return true;
}

Task<void> KeepAliveWorker::Visit(SlotKey key) {
  const GrantTender::Outcome outcome = co_await parts_.tender->Tend(std::move(key));
  parts_.metrics->CountDueVisit(GrantTender::NameOf(outcome));
  const bool asked =
      outcome == GrantTender::Outcome::kRenewed || outcome == GrantTender::Outcome::kFailed;
  limiter_.End(/*counts=*/asked);
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
}

void KeepAliveWorker::Note(int shard, const DueClaim& claim) {
  // What another replica holds it tells of itself.
  const absl::Duration oldest =
      claim.grants.empty() ? absl::ZeroDuration() : claim.grants.front().overdue;
  parts_.metrics->SetDue(shard, claim.held ? 0 : claim.still_due, oldest);
  const absl::Duration now = parts_.clock->SinceBoot();
  if (oldest < kBehind || now - told_behind_ < kTellEvery) return;
  told_behind_ = now;
  Log(LogLevel::kWarn, "keep_alive_behind",
      {{"shard", shard},
       {"still_due", claim.still_due},
       {"oldest_seconds", absl::ToInt64Seconds(oldest)}});
}

absl::Duration KeepAliveWorker::PauseAfter(const absl::Status& failure) {
  if (++failures_ == 1) Log(LogLevel::kWarn, "keep_alive_waits_for_store", {{"error", failure}});
  return Backoff(kStorePause, failures_, parts_.random());
}

}  // namespace evertoken
