#ifndef EVERTOKEN_SERVER_PROVIDER_RETRY_AFTER_H_
#define EVERTOKEN_SERVER_PROVIDER_RETRY_AFTER_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace evertoken {

// How long a Retry-After header (RFC 9110 section 10.2.3: seconds or an HTTP date) asks to wait, kept between 1 s and 1 h.
// nullopt when it is neither.
std::optional<absl::Duration> ParseRetryAfter(absl::string_view header, absl::Time now);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_RETRY_AFTER_H_
