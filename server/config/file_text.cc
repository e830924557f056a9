#include "server/config/file_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

absl::Status LastError(absl::string_view doing) {
  const int error = errno;
  return absl::ErrnoToStatus(error, absl::StrCat("cannot be ", doing));
}

bool IsExposed(const struct stat& info) {
  const bool mounted_by_root = info.st_uid == 0 && geteuid() != 0;
  const mode_t forbidden = mounted_by_root ? (S_IRWXO | S_IWGRP) : (S_IRWXO | S_IRWXG);
  return (info.st_mode & forbidden) != 0;
}

absl::StatusOr<std::string> Read(const std::string& path, bool is_private) {
  // Not blocking: opening a pipe by mistake must not hang the start.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return LastError("read");
  absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return LastError("read");
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError("is not a file");
  if (is_private && IsExposed(info)) {
    return absl::PermissionDeniedError(
        absl::StrCat("holds secrets and others may read it: run `chmod 600 ", path, "`"));
  }
  std::string text;
  char buffer[16384];
  for (ssize_t size = 1; size > 0;) {
    size = read(fd, buffer, sizeof(buffer));
    if (size < 0 && errno != EINTR) return LastError("read");
    if (size < 0)
      size = 1;
    else
      text.append(buffer, static_cast<size_t>(size));
    if (text.size() > kMaxFileBytes)
      return absl::InvalidArgumentError(absl::StrCat("is larger than ", kMaxFileBytes, " bytes"));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadFileText(const std::string& path) { return Read(path, false); }

absl::StatusOr<std::string> ReadPrivateFileText(const std::string& path) {
  return Read(path, true);
}

std::optional<int> ExposedMode(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0 || !IsExposed(info)) return std::nullopt;
  return static_cast<int>(info.st_mode & 07777);
}

absl::Status WriteNewPrivateFile(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return LastError("made");
  absl::Cleanup close_file = [fd] { close(fd); };
  for (size_t written = 0; written < text.size();) {
    const ssize_t size = write(fd, text.data() + written, text.size() - written);
    if (size < 0 && errno != EINTR) return LastError("written");
    if (size > 0) written += static_cast<size_t>(size);
  }
  if (fsync(fd) != 0) return LastError("written");
  return absl::OkStatus();
}

std::string PathFrom(const std::string& base_dir, const std::string& path) {
  if (path.empty() || path.front() == '/' || base_dir.empty() || base_dir == ".") return path;
  return absl::StrCat(base_dir, base_dir.back() == '/' ? "" : "/", path);
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, slash == 0 ? 1 : slash);
}

}  // namespace evertoken
