#include "server/store_watch.h"

#include <algorithm>
#include <utility>

#include "server/base/log.h"

namespace evertoken {
namespace {

constexpr absl::Duration kPause = absl::Seconds(1);
constexpr absl::Duration kPauseInDoubt = absl::Milliseconds(500);
constexpr absl::Duration kFirstPauseWhenUnready = absl::Milliseconds(100);
constexpr absl::Duration kLongestPauseWhenUnready = absl::Seconds(2);

}  // namespace

StoreWatch::StoreWatch(Executor* executor, const Clock* clock, absl::Duration patience, Ping ping,
                       Listener listener)
    : executor_(executor),
      clock_(clock),
      patience_(patience),
      ping_(std::move(ping)),
      listener_(std::move(listener)) {}

void StoreWatch::Start() { Spawn(executor_, AskOnce()); }

Task<void> StoreWatch::AskOnce() {
  if (stopped_) co_return;
  Task<absl::Status> answer = ping_();
  const absl::Status status = co_await std::move(answer);
  if (stopped_) co_return;
  Judge(status);
  executor_->RunAfter(pause_, [this] { Start(); });
}

void StoreWatch::Judge(const absl::Status& status) {
  bad_answers_ = status.ok() ? 0 : std::min(bad_answers_ + 1, 1000);
  if (bad_answers_ == 1) bad_since_ = clock_->SinceBoot();
  if (bad_answers_ == 1 || bad_answers_ == kBadAnswers) {
    Log(LogLevel::kWarn, "store_unreachable", {{"error", status}, {"attempts", bad_answers_}});
  }
  const bool was_ready = ready_;
  const bool in_doubt = bad_answers_ < kBadAnswers || clock_->SinceBoot() - bad_since_ < patience_;
  const bool now_ready = status.ok() || (was_ready && in_doubt);
  if (now_ready) {
    pause_ = status.ok() ? kPause : kPauseInDoubt;
  } else {
    pause_ = was_ready || bad_answers_ == 1 ? kFirstPauseWhenUnready
                                            : std::min(2 * pause_, kLongestPauseWhenUnready);
  }
  if (now_ready == was_ready) return;
  ready_ = now_ready;
  listener_(now_ready);
  Log(now_ready ? LogLevel::kInfo : LogLevel::kError, now_ready ? "store_ready" : "store_unready");
}

}  // namespace evertoken
