#include "server/rpc/basic_credentials.h"

#include <sodium.h>

#include <array>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"

namespace evertoken {
namespace {

constexpr absl::string_view kScheme = "Basic ";
constexpr size_t kMostDecodedBytes = 512;

}  // namespace

std::optional<BasicCredentials> ParseBasicCredentials(absl::string_view header) {
  if (!absl::StartsWithIgnoreCase(header, kScheme)) return std::nullopt;
  header.remove_prefix(kScheme.size());
  // RFC 9110 section 11.4 allows several spaces.
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);

  std::array<char, kMostDecodedBytes> decoded;
  const absl::Cleanup wipe = [&decoded] { sodium_memzero(decoded.data(), decoded.size()); };
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(decoded.data()), decoded.size(),
                        header.data(), header.size(),
                        /*ignore=*/nullptr, &size, /*b64_end=*/nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  const absl::string_view pair(decoded.data(), size);
  const size_t colon = pair.find(':');
  if (colon == absl::string_view::npos || colon == 0) return std::nullopt;
  return BasicCredentials{std::string(pair.substr(0, colon)),
                          Secret(std::string(pair.substr(colon + 1)))};
}

}  // namespace evertoken
