#include "server/rpc/tls_files.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/status_matchers.h"
#include "tests/rpc/test_certificates.h"

namespace evertoken {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TlsFilesTest : public testing::Test {
 protected:
  TlsFilesTest() : certificate_(authority_.Issue("DNS:localhost")) {
    Write("cert.pem", certificate_.certificate);
    Write("key.pem", certificate_.private_key);
    Write("ca.pem", authority_.certificate());
    Write("garbage.pem", "garbage");
    Write("empty.pem", "");
    config_.set_certificate("cert.pem");
    config_.set_private_key("key.pem");
  }

  static std::string Folder() { return testing::TempDir(); }

  static void Write(const std::string& name, const std::string& content) {
    std::ofstream(Folder() + "/" + name, std::ios::binary) << content;
  }

  absl::StatusOr<TlsFiles> Read() const { return ReadTlsFiles(config_, Folder()); }

  void ExpectRefused(const std::string& file, const std::string& what) {
    EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kInvalidArgument,
                                 AllOf(HasSubstr(file), HasSubstr(what))));
  }

  const TestAuthority authority_;
  const TestCertificate certificate_;
  config::v1::Tls config_;
};

TEST_F(TlsFilesTest, ReadsCertificateAndKey) {
  const absl::StatusOr<TlsFiles> files = Read();
  ASSERT_THAT(files, IsOk());
  EXPECT_EQ(files->certificate_chain, certificate_.certificate);
  EXPECT_EQ(files->private_key.Reveal(), certificate_.private_key);
  EXPECT_EQ(files->client_ca, "");
}

TEST_F(TlsFilesTest, ReadsClientAuthorities) {
  config_.set_client_ca(Folder() + "/ca.pem");
  const absl::StatusOr<TlsFiles> files = Read();
  ASSERT_THAT(files, IsOk());
  EXPECT_EQ(files->client_ca, authority_.certificate());
}

TEST_F(TlsFilesTest, RefusesBadCertificates) {
  config_.clear_certificate();
  ExpectRefused("grpc.tls.certificate", "missing");
  config_.set_certificate("absent.pem");
  ExpectRefused("absent.pem", "cannot be read");
  config_.set_certificate("empty.pem");
  ExpectRefused("empty.pem", "empty");
  config_.set_certificate("garbage.pem");
  ExpectRefused("garbage.pem", "no PEM certificate");
  config_.set_certificate("key.pem");
  ExpectRefused("key.pem", "no PEM certificate");
  config_.set_certificate(Folder());
  ExpectRefused("grpc.tls.certificate", "cannot be read");
}

TEST_F(TlsFilesTest, RefusesBadKeys) {
  config_.clear_private_key();
  ExpectRefused("grpc.tls.private_key", "missing");
  config_.set_private_key("garbage.pem");
  ExpectRefused("garbage.pem", "no PEM private key");
  Write("other_key.pem", authority_.Issue("DNS:localhost").private_key);
  config_.set_private_key("other_key.pem");
  ExpectRefused("other_key.pem", "not the key of the certificate");
}

TEST_F(TlsFilesTest, RefusesBadAuthorities) {
  config_.set_client_ca("garbage.pem");
  ExpectRefused("garbage.pem", "no PEM certificate");
}

}  // namespace
}  // namespace evertoken
