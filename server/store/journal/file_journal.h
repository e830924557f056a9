#ifndef EVERTOKEN_SERVER_STORE_JOURNAL_FILE_JOURNAL_H_
#define EVERTOKEN_SERVER_STORE_JOURNAL_FILE_JOURNAL_H_

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/base/one_shot.h"
#include "server/store/journal/journal_file.h"
#include "server/store/journal/result_journal.h"
#include "server/store/token_sealer.h"

namespace evertoken {

// A journal in a file, sealed. What is appended together shares one fsync, on a thread of its own. Thread-safe.
class FileJournal final : public ResultJournal {
 public:
  // Errors as JournalFile::Open. `sealer` must outlive the journal. An entry whose key is not in the ring is logged and kept in
  // the file for the day when the key is back.
  static absl::StatusOr<std::unique_ptr<FileJournal>> Open(const std::string& folder,
                                                           const TokenSealer* sealer);

  // Finishes what was appended. An entry that was not removed is recovered by the next process.
  ~FileJournal() override;

  Task<absl::StatusOr<EntryId>> Append(std::string record) override;
  void Remove(EntryId id) override;
  std::vector<Entry> TakeRecovered() override;

  // Appends that may wait for the disk at once; more are UNAVAILABLE.
  static constexpr size_t kMaxWaiting = 20000;

 private:
  using Answer = OneShot<absl::StatusOr<EntryId>>::Setter;
  struct Work {
    std::vector<std::pair<std::string, Answer>> appends;
    std::vector<EntryId> removals;
    bool empty() const { return appends.empty() && removals.empty(); }
  };

  FileJournal(std::unique_ptr<JournalFile> file, const TokenSealer* sealer);

  void Recover();
  void Run();
  // Waits for something to do. Nothing is left and nothing will come: empty.
  Work Take();
  void Perform(Work work);

  const std::unique_ptr<JournalFile> file_;
  const TokenSealer* const sealer_;
  absl::Mutex mutex_;
  Work waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<Entry> recovered_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<EntryId>
      removals_;  // the thread's own: what the disk did not take is tried with the next work
  std::thread thread_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_JOURNAL_FILE_JOURNAL_H_
