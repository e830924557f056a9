#ifndef EVERTOKEN_TESTS_FAKES_TEST_CERTIFICATE_H_
#define EVERTOKEN_TESTS_FAKES_TEST_CERTIFICATE_H_

#include <string>
#include <vector>

namespace evertoken {

// A key and a self-signed certificate, PEM, made on the spot; the certificate is its own authority.
struct TestCertificate {
  std::string certificate;
  std::string private_key;
};

// For the given names: DNS names, or IP addresses. Valid from a day ago for ten years.
TestCertificate MakeTestCertificate(const std::vector<std::string>& names);

// Writes `content` to a file below the test's own folder and gives its path.
std::string WriteTestFile(const std::string& name, const std::string& content);

}  // namespace evertoken

#endif  // EVERTOKEN_TESTS_FAKES_TEST_CERTIFICATE_H_
