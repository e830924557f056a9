#ifndef EVERTOKEN_TESTS_DEMO_SIGNING_KEY_H_
#define EVERTOKEN_TESTS_DEMO_SIGNING_KEY_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace evertoken::demo {

// An RSA key of 2048 bits that signs ID tokens, made when the object is made. Thread-safe.
class SigningKey {
 public:
  explicit SigningKey(absl::string_view id);
  ~SigningKey();

  // The public half as a JWK set (RFC 7517).
  std::string PublicKeySet() const;

  // `claims` (JSON) as a compact JWS with RS256 (RFC 7515). Takes most of a millisecond.
  std::string Sign(absl::string_view claims) const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

// base64url without padding, as the JOSE family writes it.
std::string Base64Url(absl::string_view bytes);

}  // namespace evertoken::demo

#endif  // EVERTOKEN_TESTS_DEMO_SIGNING_KEY_H_
