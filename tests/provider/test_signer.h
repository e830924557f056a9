#ifndef EVERTOKEN_TESTS_PROVIDER_TEST_SIGNER_H_
#define EVERTOKEN_TESTS_PROVIDER_TEST_SIGNER_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace evertoken {

// A key made for one test, which signs like a provider does.
class TestSigner {
 public:
  static TestSigner Rsa(int bits = 2048);
  static TestSigner Ec();  // P-256
  static TestSigner Hmac(const std::string& key);
  ~TestSigner();
  TestSigner(TestSigner&&) noexcept;

  // The public key as JWK, with `more` members (`,"kid":"a"`) added.
  std::string PublicJwk(absl::string_view more = "") const;

  // A JWS over `payload` with this header.
  std::string Sign(const std::string& header, const std::string& payload) const;

 private:
  class Rep;
  explicit TestSigner(std::unique_ptr<Rep> rep);

  std::unique_ptr<Rep> rep_;
};

// base64url without padding.
std::string Base64Url(absl::string_view text);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_PROVIDER_TEST_SIGNER_H_
