#include "server/provider/base64url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace evertoken {

std::optional<std::string> DecodeBase64Url(absl::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
  std::string decoded;
  if (!plain || text.size() % 4 == 1 || !absl::WebSafeBase64Unescape(text, &decoded))
    return std::nullopt;
  return decoded;
}

}  // namespace evertoken
