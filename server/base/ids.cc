#include "server/base/ids.h"

#include <sodium.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace evertoken {
namespace {

std::string RandomBytes(size_t bytes) {
  // Before it, the library's generator must not be used from two threads.
  [[maybe_unused]] static const int initialized = sodium_init();
  std::string result(bytes, '\0');
  randombytes_buf(result.data(), result.size());
  return result;
}

bool IsDash(size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

uint32_t RandomBelow(uint32_t limit) { return randombytes_uniform(limit); }

std::string RandomToken(size_t bytes) {
  std::string token;
  absl::WebSafeBase64Escape(RandomBytes(bytes), &token);
  while (!token.empty() && token.back() == '=') token.pop_back();
  return token;
}

std::string RandomGuid() {
  const std::string hex = absl::BytesToHexString(RandomBytes(16));
  std::string guid;
  guid.reserve(36);
  for (size_t i = 0; i < hex.size(); ++i) {
    if (IsDash(guid.size())) guid.push_back('-');
    guid.push_back(hex[i]);
  }
  return guid;
}

bool IsGuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsDash(i) ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i])))
      return false;
  }
  return true;
}

}  // namespace evertoken
