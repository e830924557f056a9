#ifndef EVERTOKEN_SERVER_CONFIG_UTF8_H_
#define EVERTOKEN_SERVER_CONFIG_UTF8_H_

#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {

// Offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), npos when there is none.
size_t FirstInvalidUtf8(absl::string_view text);

// `text` fit for one line of a message: control characters as `?`, at most 80 bytes, cut between characters.
std::string ForDisplay(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_UTF8_H_
