#ifndef EVERTOKEN_SERVER_WEB_WEB_LIMITS_H_
#define EVERTOKEN_SERVER_WEB_WEB_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace evertoken {

// What one client may take of the web listener.
struct WebLimits {
  uint32_t header_bytes = 16 << 10;  // request line and headers
  uint64_t body_bytes = 64 << 10;
  size_t connections = 4096;  // more are closed as they come
  // From the end of one request to the whole header of the next, and for the body after it.
  absl::Duration read_timeout = absl::Seconds(30);
  absl::Duration write_timeout = absl::Seconds(30);
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_WEB_LIMITS_H_
