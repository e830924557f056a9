#ifndef EVERTOKEN_SERVER_STORE_WATCH_H_
#define EVERTOKEN_SERVER_STORE_WATCH_H_

#include <atomic>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/task.h"

namespace evertoken {

// Asks the store again and again whether it can be written, and tells when the answer changes: what readiness is made of.
//
// Ready at its first good answer, and unready after several bad ones in a row that last: one lost answer must not take every replica
// out of service at once, and through a short outage memory still answers much. A store that is ready is asked every second, and
// twice as often while it is in doubt; an unready one after pauses that double from 100 ms to two seconds.
class StoreWatch {
 public:
  using Ping = std::function<Task<absl::Status>()>;
  using Listener = std::function<void(bool ready)>;

  // Bad answers in a row before a ready store may become unready.
  static constexpr int kBadAnswers = 3;

  // `ping` and `listener` are called on `executor`, which must outlive the watch or be stopped before it is destroyed; so must
  // `clock`. `patience`: how long bad answers must last.
  StoreWatch(Executor* executor, const Clock* clock, absl::Duration patience, Ping ping,
             Listener listener);

  // Asks at once, and from then on until Stop.
  void Start();

  // No question begins after the present one. From any thread.
  void Stop() { stopped_ = true; }

  // The last that was told; false before.
  bool ready() const { return ready_; }

 private:
  Task<void> AskOnce();
  void Judge(const absl::Status& status);

  Executor* const executor_;
  const Clock* const clock_;
  const absl::Duration patience_;
  const Ping ping_;
  const Listener listener_;
  std::atomic<bool> stopped_{false};
  std::atomic<bool> ready_{false};
  // On the executor only.
  int bad_answers_ = 0;       // in a row
  absl::Duration bad_since_;  // since boot, when there are any
  absl::Duration pause_;      // before the next question
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_WATCH_H_
