#ifndef EVERTOKEN_TESTS_PROCESSES_FAILPOINTS_H_
#define EVERTOKEN_TESTS_PROCESSES_FAILPOINTS_H_

#include <coroutine>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/base/task.h"

namespace evertoken {

// Where a process dies, by words like
//   kill_before:CommitRenewal:40   dies when the 40th call of the operation is about to begin
//   kill_after:BeginRenewal:1      dies when the first one is done and nobody knows
//   refuse:CommitRenewal           every call of the operation is UNAVAILABLE, and not done
//   refuse_once:CommitRenewal      the same for the first call of each slot
//   lose_once:BeginRenewal         the first call of each slot is done, and answered with UNAVAILABLE
// Calls that come to a deadly point before the last one stop there for ever: all of them die in the same step. Thread-safe.
class Failpoints {
 public:
  // INVALID_ARGUMENT when the words, which blanks separate, cannot be understood.
  static absl::StatusOr<std::unique_ptr<Failpoints>> Parse(absl::string_view words);

  enum class Moment { kBefore, kAfter };

  // Whether the caller has to stop here. The call that the process dies at does not return.
  bool Stops(Moment moment, const std::string& operation);

  bool Refuses(const std::string& operation, const std::string& slot);
  bool LosesAnswer(const std::string& operation, const std::string& slot);

 private:
  Failpoints() = default;
  absl::Status Add(absl::string_view word);

  absl::Mutex mutex_;
  // How many calls are still to come.
  std::map<std::pair<Moment, std::string>, int> points_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> refused_ ABSL_GUARDED_BY(mutex_);
  // By operation, the slots that had it already.
  std::map<std::string, std::set<std::string>> refused_once_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::set<std::string>> lost_once_ ABSL_GUARDED_BY(mutex_);
};

// `work`, which is `operation` on `slot` (or empty), between its two points. `failpoints` must outlive it.
template <typename T>
Task<T> PassFailpoints(Failpoints* failpoints, std::string operation, std::string slot,
                       Task<T> work) {
  if (failpoints->Refuses(operation, slot))
    co_return absl::UnavailableError("refused by a failpoint");
  if (failpoints->Stops(Failpoints::Moment::kBefore, operation)) co_await std::suspend_always();
  T result = co_await std::move(work);
  if (failpoints->Stops(Failpoints::Moment::kAfter, operation)) co_await std::suspend_always();
  if (failpoints->LosesAnswer(operation, slot))
    co_return absl::UnavailableError("lost by a failpoint");
  co_return result;
}

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_PROCESSES_FAILPOINTS_H_
