#ifndef EVERTOKEN_SERVER_RPC_LISTEN_ADDRESS_H_
#define EVERTOKEN_SERVER_RPC_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace evertoken {

// Where the gRPC edge listens.
struct ListenAddress {
  std::string text;  // host:port
  bool loopback = false;

  // `host:port`; an IPv6 address stands in brackets. INVALID_ARGUMENT, naming the text, for
  // anything else.
  static absl::StatusOr<ListenAddress> Parse(absl::string_view text);
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_RPC_LISTEN_ADDRESS_H_
