#include "tests/rpc/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace evertoken {
namespace {

constexpr long kYear = 365L * 24 * 60 * 60;

void Check(bool good) {
  if (!good) std::abort();
}

std::string Pem(const auto& write) {
  BIO* memory = BIO_new(BIO_s_mem());
  Check(write(memory) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(memory);
  return pem;
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  Check(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// A certificate for `key` with everything but its extensions and signature.
X509* NewCertificate(EVP_PKEY* key, long serial, const std::string& name, X509* issuer) {
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kYear);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kYear);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer == nullptr ? subject : X509_get_subject_name(issuer));
  X509_set_pubkey(certificate, key);
  return certificate;
}

}  // namespace

class TestAuthority::Impl {
 public:
  Impl() : key_(EVP_EC_gen("P-256")), own_(NewCertificate(key_, 1, "test authority", nullptr)) {
    AddExtension(own_, own_, NID_basic_constraints, "critical,CA:TRUE");
    AddExtension(own_, own_, NID_key_usage, "critical,keyCertSign");
    Check(X509_sign(own_, key_, EVP_sha256()) > 0);
    pem_ = Pem([this](BIO* memory) { return PEM_write_bio_X509(memory, own_); });
  }

  ~Impl() {
    X509_free(own_);
    EVP_PKEY_free(key_);
  }

  const std::string& pem() const { return pem_; }

  TestCertificate Issue(const std::string& alternative_names) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = NewCertificate(key, 2, "test", own_);
    AddExtension(certificate, own_, NID_subject_alt_name, alternative_names);
    Check(X509_sign(certificate, key_, EVP_sha256()) > 0);
    TestCertificate issued;
    issued.certificate = Pem([&](BIO* memory) { return PEM_write_bio_X509(memory, certificate); });
    issued.private_key = Pem([&](BIO* memory) {
      return PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    X509_free(certificate);
    EVP_PKEY_free(key);
    return issued;
  }

 private:
  EVP_PKEY* const key_;
  X509* const own_;
  std::string pem_;
};

TestAuthority::TestAuthority() : impl_(std::make_unique<Impl>()) {}
TestAuthority::~TestAuthority() = default;

const std::string& TestAuthority::certificate() const { return impl_->pem(); }

TestCertificate TestAuthority::Issue(const std::string& alternative_names) const {
  return impl_->Issue(alternative_names);
}

}  // namespace evertoken
