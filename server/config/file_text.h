#ifndef EVERTOKEN_SERVER_CONFIG_FILE_TEXT_H_
#define EVERTOKEN_SERVER_CONFIG_FILE_TEXT_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evertoken {

// Largest file that is read whole.
inline constexpr size_t kMaxFileBytes = 4 << 20;

// The bytes of a regular file. NOT_FOUND, PERMISSION_DENIED or INVALID_ARGUMENT (a folder, too large) with the reason; the message
// does not name the file.
absl::StatusOr<std::string> ReadFileText(const std::string& path);

// The same for a file with secrets. PERMISSION_DENIED, with the command that mends it, when others than its owner may read it.
// Allowed to the group of a file that root owns: that is how container platforms mount a secret for one user.
absl::StatusOr<std::string> ReadPrivateFileText(const std::string& path);

// The permission bits of a file whose bits ReadPrivateFileText would refuse; nullopt when it would not, or when there is no file.
std::optional<int> ExposedMode(const std::string& path);

// Makes a file that only its owner may read, and syncs it. ALREADY_EXISTS rather than replace one.
absl::Status WriteNewPrivateFile(const std::string& path, const std::string& text);

// `path` as seen from `base_dir` unless it is absolute.
std::string PathFrom(const std::string& base_dir, const std::string& path);

// The folder of a file: `.` when the path names none.
std::string FolderOf(const std::string& path);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_FILE_TEXT_H_
