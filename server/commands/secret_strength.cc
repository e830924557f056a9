#include "server/commands/secret_strength.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace evertoken {
namespace {

constexpr size_t kLeastBits = 128;

// 128 random bits have fewer different characters than this once in millions of times.
constexpr size_t kLeastDifferent = 8;

}  // namespace

absl::Status CheckSecretStrength(const Secret& secret) {
  const std::string& text = secret.Reveal();
  if (text.empty()) return absl::InvalidArgumentError("the secret is empty");
  if (text.size() > kLongestSecret) {
    return absl::InvalidArgumentError(
        absl::StrCat("the secret is longer than ", kLongestSecret, " characters"));
  }
  if (!std::all_of(text.begin(), text.end(),
                   [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    return absl::InvalidArgumentError("the secret must be printable ASCII without spaces");
  }
  const bool hex = std::all_of(text.begin(), text.end(),
                               [](unsigned char c) { return absl::ascii_isxdigit(c); });
  const bool enough = text.size() * (hex ? 4 : 6) >= kLeastBits;
  const bool varied = std::set<char>(text.begin(), text.end()).size() >= kLeastDifferent;
  if (enough && varied) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the secret is too weak: at least 128 random bits are needed, which is 22 base64url or 32 "
      "hexadecimal characters; without "
      "--stdin a good one is made");
}

}  // namespace evertoken
