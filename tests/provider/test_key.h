#ifndef EVERTOKEN_TESTS_PROVIDER_TEST_KEY_H_
#define EVERTOKEN_TESTS_PROVIDER_TEST_KEY_H_

#include <string>

namespace evertoken {

// A private key made for one test, as PKCS#8 in PEM.
struct TestKey {
  static TestKey P256();
  static TestKey P384();
  static TestKey Rsa();

  std::string pem;
  std::string public_jwk;  // of P256 alone
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_PROVIDER_TEST_KEY_H_
