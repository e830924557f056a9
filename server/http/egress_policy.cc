#include "server/http/egress_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

constexpr size_t kLongestUrl = 8192;
constexpr size_t kLongestHost = 253;
constexpr size_t kLongestLabel = 63;

struct Origin {
  std::string scheme;
  std::string host;  // in lower case; IPv6 addresses canonical and in brackets
  int port = 0;
};

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the URL ", what));
}

// Names by their letters, digits, hyphens and underscores: everything that two parsers may read differently is refused.
bool IsHostName(absl::string_view host) {
  if (host.empty() || host.size() > kLongestHost) return false;
  for (absl::string_view label : absl::StrSplit(host, '.')) {
    if (label.empty() || label.size() > kLongestLabel || label.front() == '-' ||
        label.back() == '-')
      return false;
    const bool known = std::all_of(label.begin(), label.end(), [](unsigned char c) {
      return absl::ascii_isalnum(c) || c == '-' || c == '_';
    });
    if (!known) return false;
  }
  return true;
}

// The canonical form of an IPv6 address, so that one address is one origin; empty: it is none.
std::string CanonicalIpv6(const std::string& text) {
  in6_addr address;
  char canonical[INET6_ADDRSTRLEN];
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return "";
  return inet_ntop(AF_INET6, &address, canonical, sizeof(canonical));
}

bool IsLoopback(const std::string& host) {
  in_addr address;
  if (host == "localhost" || host == "[::1]") return true;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

// Whether resolvers read `host` as an address: in brackets, or its last label is a number (0x7f.1, 017700000001, 2130706433).
bool IsAddress(absl::string_view host) {
  if (absl::StartsWith(host, "[")) return true;
  absl::string_view last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
  const bool hexadecimal = absl::ConsumePrefix(&last, "0x");
  return std::all_of(last.begin(), last.end(), [hexadecimal](unsigned char c) {
    return hexadecimal ? absl::ascii_isxdigit(c) : absl::ascii_isdigit(c);
  });
}

bool IsThisMachine(absl::string_view host) {
  return host == "localhost" || absl::EndsWith(host, ".localhost");
}

// Splits `authority` into host and port.
absl::StatusOr<Origin> ParseAuthority(std::string scheme, absl::string_view authority) {
  Origin origin;
  origin.port = scheme == "https" ? 443 : 80;
  origin.scheme = std::move(scheme);
  if (absl::StrContains(authority, '@')) return Malformed("holds user info before its host");
  absl::string_view port;
  if (absl::ConsumePrefix(&authority, "[")) {
    const size_t end = authority.find(']');
    if (end == absl::string_view::npos) return Malformed("has no host that can be called");
    const std::string address = CanonicalIpv6(std::string(authority.substr(0, end)));
    if (address.empty()) return Malformed("has no valid IPv6 address in its brackets");
    origin.host = absl::StrCat("[", address, "]");
    port = authority.substr(end + 1);
  } else {
    const size_t end = std::min(authority.find(':'), authority.size());
    origin.host = absl::AsciiStrToLower(authority.substr(0, end));
    if (!IsHostName(origin.host))
      return Malformed("has no host that can be called (write names in ASCII)");
    port = authority.substr(end);
  }
  if (port.empty()) return origin;
  const bool digits = std::all_of(port.begin() + 1, port.end(),
                                  [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (port.front() != ':' || !digits || !absl::SimpleAtoi(port.substr(1), &origin.port) ||
      origin.port < 1 || origin.port > 65535) {
    return Malformed("has a port that is not between 1 and 65535");
  }
  return origin;
}

absl::StatusOr<Origin> Parse(absl::string_view url) {
  if (url.size() > kLongestUrl)
    return Malformed(absl::StrCat("is longer than ", kLongestUrl, " bytes"));
  const bool plain = std::all_of(url.begin(), url.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7F && c != '\\' && c != '"';
  });
  if (!plain) return Malformed("holds a space, backslash, quote or a character outside ASCII");
  const size_t scheme_end = url.find("://");
  if (scheme_end == absl::string_view::npos) return Malformed("does not begin with https://");
  std::string scheme = absl::AsciiStrToLower(url.substr(0, scheme_end));
  if (scheme != "https" && scheme != "http") return Malformed("does not begin with https://");
  const absl::string_view rest = url.substr(scheme_end + 3);
  if (absl::StrContains(rest, '#')) return Malformed("has a fragment, which is never sent");
  return ParseAuthority(std::move(scheme), rest.substr(0, rest.find_first_of("/?")));
}

}  // namespace

EgressPolicy::EgressPolicy(bool allow_insecure_loopback)
    : allow_insecure_loopback_(allow_insecure_loopback) {}

absl::StatusOr<std::string> EgressPolicy::OriginOf(absl::string_view url) const {
  const absl::StatusOr<Origin> origin = Parse(url);
  if (!origin.ok()) return origin.status();
  if (origin->scheme == "http" && !(allow_insecure_loopback_ && IsLoopback(origin->host))) {
    return Malformed(allow_insecure_loopback_ ? "is http and not a loopback address"
                                              : "is not https");
  }
  return absl::StrCat(origin->scheme, "://", origin->host, ":", origin->port);
}

absl::Status EgressPolicy::Allow(absl::string_view url) {
  absl::StatusOr<std::string> origin = OriginOf(url);
  if (!origin.ok()) return origin.status();
  absl::MutexLock lock(&mutex_);
  origins_.insert(*std::move(origin));
  return absl::OkStatus();
}

absl::Status EgressPolicy::AllowNamedBy(absl::string_view source, absl::string_view url) {
  const absl::StatusOr<Origin> from = Parse(source);
  if (!from.ok()) return from.status();
  const absl::StatusOr<Origin> to = Parse(url);
  if (!to.ok()) return to.status();
  if (to->scheme == "http" && from->scheme != "http") return Malformed("is not https");
  if (to->host != from->host && (IsAddress(to->host) || IsThisMachine(to->host)))
    return Malformed("has an address or localhost for its host, which is not the issuer's");
  return Allow(url);
}

absl::Status EgressPolicy::Check(absl::string_view url) const {
  const absl::StatusOr<std::string> origin = OriginOf(url);
  if (!origin.ok()) return absl::PermissionDeniedError(origin.status().message());
  absl::ReaderMutexLock lock(&mutex_);
  if (origins_.contains(*origin)) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      *origin,
      " may not be called: neither the provider catalogue nor a discovery document names it"));
}

}  // namespace evertoken
