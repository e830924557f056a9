#ifndef EVERTOKEN_TESTS_RPC_TEST_CERTIFICATES_H_
#define EVERTOKEN_TESTS_RPC_TEST_CERTIFICATES_H_

#include <memory>
#include <string>

namespace evertoken {

// A certificate and its private key, as PEM.
struct TestCertificate {
  std::string certificate;
  std::string private_key;
};

// An authority made for one test.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();

  // Its own certificate.
  const std::string& certificate() const;

  // `alternative_names` as OpenSSL writes them: "DNS:a.test,URI:spiffe://b,IP:127.0.0.1".
  TestCertificate Issue(const std::string& alternative_names) const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_RPC_TEST_CERTIFICATES_H_
