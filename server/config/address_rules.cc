#include "server/config/address_rules.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

bool IsIpv4(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool IsIpv6(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool IsDnsName(absl::string_view host) {
  if (host.empty() || host.size() > 253 || host.front() == '-' || host.front() == '.') return false;
  const bool letters_fit = std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
  });
  // `1.2.3` or `300.1.1.1` is a mistyped address, not a name: no top-level domain is a number.
  const absl::string_view last_label =
      host.substr(host.rfind('.') == absl::string_view::npos ? 0 : host.rfind('.') + 1);
  const bool number =
      !last_label.empty() && std::all_of(last_label.begin(), last_label.end(), absl::ascii_isdigit);
  return letters_fit && !number && !absl::StrContains(host, "..");
}

bool ParsePort(absl::string_view text, int* port) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, port) && *port <= 65535;
}

// Takes `[v6]` or a name or IPv4 address from the front of `rest`.
bool TakeHost(absl::string_view* rest, std::string* host) {
  if (absl::ConsumePrefix(rest, "[")) {
    const size_t end = rest->find(']');
    if (end == absl::string_view::npos) return false;
    *host = std::string(rest->substr(0, end));
    rest->remove_prefix(end + 1);
    return IsIpv6(*host);
  }
  const size_t end = std::min(rest->find(':'), rest->size());
  *host = std::string(rest->substr(0, end));
  rest->remove_prefix(end);
  return IsIpv4(*host) || IsDnsName(*host);
}

struct SplitUrl {
  std::string host;
  absl::string_view after_authority;
};

absl::StatusOr<SplitUrl> CheckAndSplit(absl::string_view url) {
  const bool clean = std::all_of(url.begin(), url.end(), [](unsigned char c) {
    return absl::ascii_isgraph(c) && c != '\\' && c != '"' && c != '<' && c != '>' && c != '`' &&
           c != '{' && c != '}' && c != '^' && c != '|';
  });
  if (!clean)
    return absl::InvalidArgumentError(
        "holds a character that a URL cannot hold; percent-encode it");
  absl::string_view rest = url;
  const bool https = absl::ConsumePrefix(&rest, "https://");
  if (!https && !absl::ConsumePrefix(&rest, "http://")) {
    return absl::InvalidArgumentError(
        "must be an absolute URL that begins with https:// (or http:// on loopback)");
  }
  const size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  absl::string_view authority = rest.substr(0, authority_end);
  if (absl::StrContains(authority, "@"))
    return absl::InvalidArgumentError("must not hold a user name or password");
  SplitUrl split;
  split.after_authority = rest.substr(authority_end);
  int port = 0;
  if (!TakeHost(&authority, &split.host) ||
      (!authority.empty() &&
       !(absl::ConsumePrefix(&authority, ":") && ParsePort(authority, &port) && port > 0))) {
    return absl::InvalidArgumentError("must have a valid host, and a port from 1 to 65535 if any");
  }
  if (!https && !IsLoopbackHost(split.host)) {
    return absl::InvalidArgumentError(
        "must be https: http is for loopback hosts only (localhost, 127.0.0.1, [::1])");
  }
  return split;
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(absl::string_view text) {
  HostPort result;
  absl::string_view rest = text;
  if (!TakeHost(&rest, &result.host) || !absl::ConsumePrefix(&rest, ":") ||
      !ParsePort(rest, &result.port)) {
    return absl::InvalidArgumentError(
        "must be host:port, for example 127.0.0.1:8443 or [::1]:8443, with a port from 0 to 65535");
  }
  return result;
}

bool IsLoopbackHost(absl::string_view host) {
  if (absl::EqualsIgnoreCase(host, "localhost") || host == "::1") return true;
  return absl::StartsWith(host, "127.") && IsIpv4(std::string(host));
}

absl::Status CheckBrowserUrl(absl::string_view url) {
  absl::StatusOr<SplitUrl> split = CheckAndSplit(url);
  if (!split.ok()) return split.status();
  if (absl::StrContains(split->after_authority, "#")) {
    return absl::InvalidArgumentError("must not hold a fragment (#…)");
  }
  return absl::OkStatus();
}

absl::Status CheckOrigin(absl::string_view url) {
  absl::StatusOr<SplitUrl> split = CheckAndSplit(url);
  if (!split.ok()) return split.status();
  if (!split->after_authority.empty()) {
    return absl::InvalidArgumentError(
        "must end after host and port: no path, no slash at the end, no query");
  }
  return absl::OkStatus();
}

}  // namespace evertoken
