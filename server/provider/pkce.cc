#include "server/provider/pkce.h"

#include <sodium.h>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "server/base/ids.h"

namespace evertoken {

Secret NewCodeVerifier() { return Secret(RandomToken(32)); }

std::string CodeChallenge(const Secret& code_verifier) {
  const std::string& verifier = code_verifier.Reveal();
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(verifier.data()),
                     verifier.size());
  std::string challenge;
  absl::WebSafeBase64Escape(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)), &challenge);
  while (!challenge.empty() && challenge.back() == '=') challenge.pop_back();
  return challenge;
}

}  // namespace evertoken
