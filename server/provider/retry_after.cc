#include "server/provider/retry_after.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace evertoken {

std::optional<absl::Duration> ParseRetryAfter(absl::string_view header, absl::Time now) {
  header = absl::StripAsciiWhitespace(header);
  if (header.empty()) return std::nullopt;
  absl::Duration wait;
  if (std::all_of(header.begin(), header.end(), absl::ascii_isdigit)) {
    int64_t seconds = 0;
    // A number too large to read is a long time.
    wait = absl::SimpleAtoi(header, &seconds) ? absl::Seconds(seconds) : absl::InfiniteDuration();
  } else {
    absl::Time at;
    if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", header, &at, nullptr)) return std::nullopt;
    wait = at - now;
  }
  return std::clamp(wait, absl::Seconds(1), absl::Hours(1));
}

}  // namespace evertoken
