#ifndef EVERTOKEN_SERVER_CASES_CASE_KEY_H_
#define EVERTOKEN_SERVER_CASES_CASE_KEY_H_

#include <string>

namespace evertoken {

// A private key of the curve P-256, made for this process: by it the provider of a case signs ID tokens, and it is what the clients of
// `jwt_as_secret` have for a secret.
class CaseKey {
 public:
  static const CaseKey& Get();

  // PKCS#8 as PEM.
  const std::string& pem() const { return pem_; }
  // The public key as JWK, with the key id `case-key`.
  const std::string& public_jwk() const { return public_jwk_; }
  // A key set that holds it alone.
  std::string Jwks() const;

 private:
  CaseKey();

  std::string pem_;
  std::string public_jwk_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_CASES_CASE_KEY_H_
