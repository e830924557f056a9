#ifndef EVERTOKEN_SERVER_STORE_JOURNAL_RESULT_JOURNAL_H_
#define EVERTOKEN_SERVER_STORE_JOURNAL_RESULT_JOURNAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/task.h"

namespace evertoken {

// Keeps what a provider answered and the store could not take, outside the store and across a crash of this process, until the
// store has it. Thread-safe; Append is awaited on any executor.
//
// Replaying an entry that was done already must be harmless: a crash may come between the store's answer and Remove.
class ResultJournal {
 public:
  using EntryId = uint64_t;

  struct Entry {
    EntryId id = 0;
    std::string record;
  };

  virtual ~ResultJournal() = default;

  // Resumes when `record` survives a crash. UNAVAILABLE when it cannot be kept; then nothing of it is.
  virtual Task<absl::StatusOr<EntryId>> Append(std::string record) = 0;

  // The entry is not needed any more.
  virtual void Remove(EntryId id) = 0;

  // What earlier processes left, oldest first. The second call gives nothing.
  virtual std::vector<Entry> TakeRecovered() = 0;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_JOURNAL_RESULT_JOURNAL_H_
