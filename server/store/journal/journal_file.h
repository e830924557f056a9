#ifndef EVERTOKEN_SERVER_STORE_JOURNAL_JOURNAL_FILE_H_
#define EVERTOKEN_SERVER_STORE_JOURNAL_JOURNAL_FILE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evertoken {

// An append-only file of entries that come and go. A line `+ <id> <base64url>` adds an entry, `- <id>` removes it; a last line that
// a crash cut off is dropped. When no entry is left the file is emptied, and when few of many are left it is written anew. Blocks
// on the disk; belongs to one thread.
class JournalFile {
 public:
  // Makes the folder and the file where needed, and holds a lock on the file: two processes must not share it. FAILED_PRECONDITION,
  // with what to do, when the folder cannot be written, the file is another process's, or it is no journal.
  static absl::StatusOr<std::unique_ptr<JournalFile>> Open(const std::string& folder);
  ~JournalFile();
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;

  // The entries that were not removed, by id.
  const std::map<uint64_t, std::string>& entries() const { return entries_; }

  // Whole lines that cannot be read. They stay in the file until it is emptied or written anew.
  int damaged_lines() const { return damaged_lines_; }

  // These two only prepare what Sync writes.
  uint64_t Add(std::string record);
  void Remove(uint64_t id);

  // Writes what was prepared and waits until the disk has it. On an error the file is as it was before, and so are the entries.
  absl::Status Sync();

  // A smaller file is not written anew.
  static constexpr uint64_t kSmallestRewrite = uint64_t{1} << 20;
  // Beyond it Sync refuses to write: about what a million results take.
  static constexpr uint64_t kMaxBytes = uint64_t{2} << 30;

 private:
  JournalFile(int fd, std::string folder, std::string path);

  absl::Status Read();
  bool Apply(absl::string_view line);
  absl::Status Write();
  absl::Status Empty();
  // Writes the file anew when most of it is of entries that went. Whatever fails, there is a whole file.
  void Compact();
  bool Replace(absl::string_view bytes);
  absl::Status Problem(absl::string_view what) const;

  int fd_;
  const std::string folder_;
  const std::string path_;
  uint64_t size_ = 0;
  uint64_t compact_at_ = kSmallestRewrite;
  bool folder_synced_ = true;
  int damaged_lines_ = 0;
  bool damaged_ = false;  // the file holds more than `size_`, in part
  uint64_t next_id_ = 1;
  std::map<uint64_t, std::string> entries_;
  std::string prepared_;
  std::map<uint64_t, std::string> added_;    // by `prepared_`
  std::map<uint64_t, std::string> removed_;  // by `prepared_`
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_STORE_JOURNAL_JOURNAL_FILE_H_
