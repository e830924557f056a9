#include "server/rpc/basic_credentials.h"

#include <sodium.h>

#include <array>
#include <cstdint>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"

namespace evertoken {
namespace {

constexpr absl::string_view kScheme = "Basic ";
constexpr size_t kMostDecodedBytes = 512;

// What each character stands for (RFC 4648 section 4).
constexpr uint8_t kNotBase64 = 64;
constexpr std::array<uint8_t, 256> kSextets = [] {
  std::array<uint8_t, 256> sextets{};
  sextets.fill(kNotBase64);
  uint8_t next = 0;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) sextets[c] = next++;
  for (unsigned char c = 'a'; c <= 'z'; ++c) sextets[c] = next++;
  for (unsigned char c = '0'; c <= '9'; ++c) sextets[c] = next++;
  sextets['+'] = next++;
  sextets['/'] = next;
  return sextets;
}();

using Decoded = std::array<char, kMostDecodedBytes + 2>;  // whole groups of three

// How many bytes were decoded; nullopt unless the text is padded, canonical and short enough. With
// a table, because libsodium's decoder without data-dependent timing takes longer than all the rest
// of the authentication, for a text that is the caller's own.
std::optional<size_t> DecodeBase64(absl::string_view text, Decoded* decoded) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text[text.size() - 1] != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
  const size_t size = text.size() / 4 * 3 - padding;
  if (size > kMostDecodedBytes) return std::nullopt;
  text.remove_suffix(padding);
  uint32_t bits = 0;
  size_t written = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const uint8_t sextet = kSextets[static_cast<unsigned char>(text[i])];
    if (sextet == kNotBase64) return std::nullopt;
    bits = bits << 6 | sextet;
    // The first character of a group of four completes no byte, each other one completes one.
    const size_t pending = 6 - 2 * (i % 4);
    if (i % 4 != 0) (*decoded)[written++] = static_cast<char>(bits >> pending);
  }
  // Bits beyond the last byte must be zero, or one secret could be written in several ways.
  if ((bits & ((1u << 2 * padding) - 1)) != 0) return std::nullopt;
  return size;
}

}  // namespace

std::optional<BasicCredentials> ParseBasicCredentials(absl::string_view header) {
  if (!absl::StartsWithIgnoreCase(header, kScheme)) return std::nullopt;
  header.remove_prefix(kScheme.size());
  // RFC 9110 section 11.4 allows several spaces.
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);

  Decoded decoded;
  size_t used = decoded.size();
  const absl::Cleanup wipe = [&] { sodium_memzero(decoded.data(), used); };
  const std::optional<size_t> size = DecodeBase64(header, &decoded);
  if (!size.has_value()) return std::nullopt;
  used = *size;
  const absl::string_view pair(decoded.data(), *size);
  const size_t colon = pair.find(':');
  if (colon == absl::string_view::npos || colon == 0) return std::nullopt;
  return BasicCredentials{std::string(pair.substr(0, colon)),
                          Secret(std::string(pair.substr(colon + 1)))};
}

}  // namespace evertoken
