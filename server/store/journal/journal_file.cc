#include "server/store/journal/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

constexpr absl::string_view kHeading = "evertoken-journal 1\n";
constexpr char kFileName[] = "results.journal";

std::string ErrorText(int error) { return std::generic_category().message(error); }

absl::Status CannotUse(absl::string_view folder, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the journal folder ", folder, " cannot be used: ", why,
      "; set `journal_dir` to a folder that this process may write and no other uses"));
}

// A file that was just made is only found after a crash when its folder is on disk as well.
absl::Status SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return CannotUse(folder, ErrorText(errno));
  const int synced = fsync(fd);
  const int error = errno;
  close(fd);
  return synced == 0 ? absl::OkStatus() : CannotUse(folder, ErrorText(error));
}

absl::Status WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::UnavailableError(ErrorText(errno));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAll(int fd) {
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const ssize_t read_bytes = read(fd, buffer, sizeof(buffer));
    if (read_bytes < 0 && errno == EINTR) continue;
    if (read_bytes < 0) return absl::UnavailableError(ErrorText(errno));
    if (read_bytes == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(read_bytes));
  }
}

int OpenFile(const std::string& path, int flags) {
  return open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | flags, S_IRUSR | S_IWUSR);
}

bool IsAt(const std::string& path, int fd) {
  struct stat there;
  struct stat here;
  return stat(path.c_str(), &there) == 0 && fstat(fd, &here) == 0 && there.st_ino == here.st_ino &&
         there.st_dev == here.st_dev;
}

void AppendEntry(std::string* lines, uint64_t id, absl::string_view record) {
  absl::StrAppend(lines, "+ ", id, " ", absl::WebSafeBase64Escape(record), "\n");
}

}  // namespace

absl::StatusOr<std::unique_ptr<JournalFile>> JournalFile::Open(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return CannotUse(folder, error.message());
  const std::string path = (std::filesystem::path(folder) / kFileName).string();
  const int fd = OpenFile(path, 0);
  if (fd < 0) return CannotUse(folder, ErrorText(errno));
  auto file = std::unique_ptr<JournalFile>(new JournalFile(fd, folder, path));
  // Its owner may have put another file there in the meantime.
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !IsAt(path, fd))
    return CannotUse(folder, "another process uses it");
  absl::Status ready = file->Read();
  if (ready.ok()) ready = SyncFolder(folder);
  if (!ready.ok()) return ready;
  return file;
}

JournalFile::JournalFile(int fd, std::string folder, std::string path)
    : fd_(fd), folder_(std::move(folder)), path_(std::move(path)) {}

JournalFile::~JournalFile() { close(fd_); }

absl::Status JournalFile::Problem(absl::string_view what) const {
  return absl::UnavailableError(absl::StrCat("journal ", path_, ": ", what));
}

absl::Status JournalFile::Read() {
  absl::StatusOr<std::string> bytes = ReadAll(fd_);
  if (!bytes.ok())
    return absl::FailedPreconditionError(Problem(bytes.status().message()).message());
  absl::string_view rest = *bytes;
  size_ = rest.size();
  // A crash may have cut off the heading of a file that was just made.
  if (absl::StartsWith(kHeading, rest)) return Empty();
  if (!absl::ConsumePrefix(&rest, kHeading)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, " is no journal; move it away or set `journal_dir` to another folder"));
  }
  size_ = kHeading.size();
  for (size_t end = rest.find('\n'); end != absl::string_view::npos; end = rest.find('\n')) {
    if (!Apply(rest.substr(0, end))) ++damaged_lines_;
    size_ += end + 1;
    rest.remove_prefix(end + 1);
  }
  if (entries_.empty()) return Empty();
  if (ftruncate(fd_, static_cast<off_t>(size_)) != 0) return Problem(ErrorText(errno));
  return absl::OkStatus();
}

bool JournalFile::Apply(absl::string_view line) {
  const bool adds = absl::ConsumePrefix(&line, "+ ");
  if (!adds && !absl::ConsumePrefix(&line, "- ")) return false;
  const size_t space = line.find(' ');
  uint64_t id = 0;
  if (!absl::SimpleAtoi(line.substr(0, space), &id)) return false;
  if (!adds) {
    // One that is not there was removed twice: a disk that failed in between leaves such lines.
    entries_.erase(id);
    return true;
  }
  std::string record;
  if (space == absl::string_view::npos ||
      !absl::WebSafeBase64Unescape(line.substr(space + 1), &record)) {
    return false;
  }
  entries_[id] = std::move(record);
  next_id_ = id + 1;
  return true;
}

uint64_t JournalFile::Add(std::string record) {
  const uint64_t id = next_id_++;
  AppendEntry(&prepared_, id, record);
  added_[id] = std::move(record);
  return id;
}

void JournalFile::Remove(uint64_t id) {
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  absl::StrAppend(&prepared_, "- ", id, "\n");
  removed_.insert(entries_.extract(entry));
}

absl::Status JournalFile::Sync() {
  const bool nothing_left = entries_.empty() && added_.empty();
  absl::Status synced = nothing_left ? Empty() : Write();
  if (synced.ok()) {
    entries_.merge(added_);
  } else {
    entries_.merge(removed_);
  }
  added_.clear();
  removed_.clear();
  prepared_.clear();
  if (synced.ok() && size_ >= compact_at_) Compact();
  return synced;
}

absl::Status JournalFile::Write() {
  if (damaged_ && ftruncate(fd_, static_cast<off_t>(size_)) != 0) return Problem(ErrorText(errno));
  damaged_ = false;
  if (size_ == 0) prepared_.insert(0, std::string(kHeading));
  if (size_ + prepared_.size() > kMaxBytes) return Problem("it is full");
  absl::Status written = WriteAll(fd_, prepared_);
  if (written.ok() && fdatasync(fd_) != 0) written = absl::UnavailableError(ErrorText(errno));
  // A crash could bring the file back that was there before the last rewriting.
  if (written.ok() && !folder_synced_) written = SyncFolder(folder_);
  if (written.ok()) {
    folder_synced_ = true;
    size_ += prepared_.size();
    return written;
  }
  // Half a line would hide the ones after it.
  damaged_ = ftruncate(fd_, static_cast<off_t>(size_)) != 0;
  return Problem(written.message());
}

absl::Status JournalFile::Empty() {
  if (size_ == 0) return absl::OkStatus();
  if (ftruncate(fd_, 0) != 0) return Problem(ErrorText(errno));
  size_ = 0;
  compact_at_ = kSmallestRewrite;
  return fdatasync(fd_) == 0 ? absl::OkStatus() : Problem(ErrorText(errno));
}

void JournalFile::Compact() {
  std::string bytes(kHeading);
  for (const auto& [id, record] : entries_) AppendEntry(&bytes, id, record);
  // Not again before the file has doubled.
  compact_at_ = std::max(kSmallestRewrite, 2 * size_);
  if (2 * bytes.size() > size_ || !Replace(bytes)) return;
  size_ = bytes.size();
  compact_at_ = std::max(kSmallestRewrite, 2 * size_);
}

bool JournalFile::Replace(absl::string_view bytes) {
  const std::string path = absl::StrCat(path_, ".new");
  const int fd = OpenFile(path, O_TRUNC);
  if (fd < 0) return false;
  const bool done = WriteAll(fd, bytes).ok() && fdatasync(fd) == 0 &&
                    flock(fd, LOCK_EX | LOCK_NB) == 0 && rename(path.c_str(), path_.c_str()) == 0;
  if (!done) {
    close(fd);
    unlink(path.c_str());
    return false;
  }
  close(fd_);
  fd_ = fd;
  damaged_ = false;
  folder_synced_ = SyncFolder(folder_).ok();
  return true;
}

}  // namespace evertoken
