// A Cookie header.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "server/web/cookies.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto cookies =
      evertoken::ParseCookies(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (cookies.size() > 128) std::abort();
  for (const evertoken::Cookie& cookie : cookies) {
    const std::string line = evertoken::SerializeCookie(cookie, absl::Minutes(1), true);
    // A value must not end the header that it is written into.
    if (line.find_first_of("\r\n") != std::string::npos) std::abort();
  }
  return 0;
}
