#include "server/rpc/listen_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

constexpr int kLastPort = 65535;

bool IsIpv6(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool IsHostName(absl::string_view host) {
  const bool letters = std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '-';
  });
  // gRPC would take these hosts for the schemes of its other addresses.
  return letters && !host.empty() && host != "unix" && host != "unix-abstract" && host != "vsock";
}

bool IsLoopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 &&
         std::memcmp(&v6, &in6addr_loopback, sizeof(v6)) == 0;
}

}  // namespace

absl::StatusOr<ListenAddress> ListenAddress::Parse(absl::string_view text) {
  const absl::Status malformed = absl::InvalidArgumentError(absl::StrCat(
      "grpc.listen '", text, "' is not host:port, for example 127.0.0.1:8443 or [::]:8443"));
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return malformed;
  std::string host(text.substr(0, colon));
  const absl::string_view port_text = text.substr(colon + 1);
  int port = 0;
  const bool digits =
      !port_text.empty() && std::all_of(port_text.begin(), port_text.end(), absl::ascii_isdigit);
  if (!digits || !absl::SimpleAtoi(port_text, &port) || port > kLastPort) return malformed;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (!IsIpv6(host)) return malformed;
  } else if (!IsHostName(host)) {
    return malformed;
  }
  return ListenAddress{std::string(text), IsLoopback(host)};
}

}  // namespace evertoken
