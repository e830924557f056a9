#ifndef EVERTOKEN_SERVER_BROKER_RESULT_SAFEKEEPING_H_
#define EVERTOKEN_SERVER_BROKER_RESULT_SAFEKEEPING_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evertoken/storage/v1/grant.pb.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/base/task.h"
#include "server/store/journal/result_journal.h"

namespace evertoken {

// Keeps one result in the journal while it has no place in the store: as soon as the store refuses it, and also when the store takes
// long to answer, because a crash in that time would lose it. At most one entry. Belongs to one executor.
class ResultSafekeeping {
 public:
  // `executor` and `journal` must outlive the object and the work it has begun. `journaled`: the entry that the result was read from.
  ResultSafekeeping(Executor* executor, ResultJournal* journal, RequestContext context,
                    std::optional<ResultJournal::EntryId> journaled);
  ~ResultSafekeeping();
  ResultSafekeeping(const ResultSafekeeping&) = delete;
  ResultSafekeeping& operator=(const ResultSafekeeping&) = delete;

  // From now on until Disarm: `renewed` goes into the journal when it is still here after kPatience. `renewed` must outlive that.
  void Arm(const storage::v1::RenewedGrant* renewed);
  void Disarm();

  // Puts the result into the journal now, unless it is there already or was tried. `why`: what kept it from the store, for the log.
  Task<void> KeepNow(const storage::v1::RenewedGrant& renewed, absl::Status why);

  // The result has its place, or needs none: the entry goes, also one that is still on its way to the disk.
  void Release();

  // How long the store may take before a result counts as in danger. Much longer than a commit, so that none pays for this.
  static constexpr absl::Duration kPatience = absl::Milliseconds(250);

 private:
  // Outlives the object while an append is under way.
  struct State {
    ResultJournal* journal;
    RequestContext context;
    bool begun = false;  // an append, well or badly
    bool released = false;
    std::optional<ResultJournal::EntryId> entry;
  };

  static Task<void> Keep(std::shared_ptr<State> state, std::string grant_id, std::string record,
                         absl::Status why);

  Executor* const executor_;
  const std::shared_ptr<State> state_;
  std::optional<Executor::TimerId> timer_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_BROKER_RESULT_SAFEKEEPING_H_
