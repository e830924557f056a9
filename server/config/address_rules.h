#ifndef EVERTOKEN_SERVER_CONFIG_ADDRESS_RULES_H_
#define EVERTOKEN_SERVER_CONFIG_ADDRESS_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evertoken {

// `host:port` taken apart.
struct HostPort {
  std::string host;  // without the brackets of an IPv6 address
  int port = 0;
};

// INVALID_ARGUMENT, with what is allowed, unless `text` is a name, an IPv4 address or a bracketed IPv6 address, a colon and a
// port from 0 to 65535.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view text);

// Whether the host is this machine only: 127.0.0.0/8, ::1 or `localhost`. Judged by the text; nothing is resolved.
bool IsLoopbackHost(absl::string_view host);

// INVALID_ARGUMENT, with the reason, unless `url` is absolute, is https (or http on a loopback host), and has neither user info
// nor a fragment nor characters that a URL cannot hold.
absl::Status CheckBrowserUrl(absl::string_view url);

// The same, and nothing after the host and port.
absl::Status CheckOrigin(absl::string_view url);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CONFIG_ADDRESS_RULES_H_
