#include "server/provider/reply_hosts.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

constexpr size_t kLongestHost = 253;
constexpr size_t kLongestLabel = 63;

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_islower(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
         });
}

// A name of two labels at least. No address ends with a label that begins with a letter, in whatever spelling.
bool IsHostName(absl::string_view host) {
  if (host.size() > kLongestHost) return false;
  const std::vector<absl::string_view> labels = absl::StrSplit(host, '.');
  return labels.size() >= 2 && std::all_of(labels.begin(), labels.end(), IsLabel) &&
         absl::ascii_islower(static_cast<unsigned char>(labels.back().front()));
}

bool Fits(absl::string_view host, absl::string_view pattern) {
  return absl::StartsWith(pattern, ".") ? absl::EndsWith(host, pattern) : host == pattern;
}

}  // namespace

bool IsReplyHostPattern(absl::string_view pattern) {
  absl::ConsumePrefix(&pattern, ".");
  return IsHostName(pattern);
}

bool BeginsWithKeptValue(absl::string_view url) { return absl::StartsWith(url, "{kept:"); }

bool IsAtReplyHost(const config::v1::Provider& entry, absl::string_view url) {
  if (!absl::ConsumePrefix(&url, "https://")) return false;
  const bool plain = std::all_of(
      url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '#'; });
  if (!plain) return false;
  const std::string host = absl::AsciiStrToLower(url.substr(0, url.find_first_of("/?")));
  return IsHostName(host) &&
         std::any_of(entry.reply_hosts().begin(), entry.reply_hosts().end(),
                     [&](const std::string& pattern) { return Fits(host, pattern); });
}

}  // namespace evertoken
