#include "tests/provider/test_key.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "absl/strings/str_cat.h"
#include "tests/provider/test_signer.h"

namespace evertoken {
namespace {

std::string PemOf(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

// The public point without compression: 0x04, then both coordinates.
std::string JwkOf(EVP_PKEY* key) {
  unsigned char point[65] = {};
  size_t size = 0;
  EXPECT_EQ(EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", point, sizeof(point), &size),
            1);
  const std::string text(reinterpret_cast<const char*>(point), size);
  if (size != sizeof(point)) return "";
  return absl::StrCat(R"({"kty":"EC","crv":"P-256","x":")", Base64Url(text.substr(1, 32)),
                      R"(","y":")", Base64Url(text.substr(33)), R"("})");
}

TestKey Make(EVP_PKEY* key, bool with_jwk) {
  EXPECT_NE(key, nullptr);
  TestKey made{PemOf(key), with_jwk ? JwkOf(key) : ""};
  EVP_PKEY_free(key);
  return made;
}

}  // namespace

TestKey TestKey::P256() { return Make(EVP_EC_gen("P-256"), true); }
TestKey TestKey::P384() { return Make(EVP_EC_gen("P-384"), false); }
TestKey TestKey::Rsa() { return Make(EVP_RSA_gen(2048), false); }

}  // namespace evertoken
