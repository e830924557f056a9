#include "server/cases/case_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

constexpr size_t kNumberBytes = 32;  // of each of the point's two numbers

std::string PemOf(EVP_PKEY* key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> pem(BIO_new(BIO_s_mem()), BIO_free);
  if (pem == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return "";
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

std::string Base64Url(absl::string_view bytes) {
  const std::string encoded = absl::WebSafeBase64Escape(bytes);
  return std::string(absl::StripSuffix(encoded, "="));
}

std::string JwkOf(const EVP_PKEY* key) {
  // Without compression: 0x04, then both numbers.
  unsigned char point[1 + 2 * kNumberBytes] = {};
  size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", point, sizeof(point), &size) != 1)
    return "";
  const absl::string_view numbers(reinterpret_cast<const char*>(point) + 1, 2 * kNumberBytes);
  return absl::StrCat(R"({"kty":"EC","crv":"P-256","kid":"case-key","x":")",
                      Base64Url(numbers.substr(0, kNumberBytes)), R"(","y":")",
                      Base64Url(numbers.substr(kNumberBytes)), R"("})");
}

}  // namespace

const CaseKey& CaseKey::Get() {
  static const auto* const kKey = new CaseKey();
  return *kKey;
}

CaseKey::CaseKey() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  if (key == nullptr) return;
  pem_ = PemOf(key.get());
  public_jwk_ = JwkOf(key.get());
}

std::string CaseKey::Jwks() const { return absl::StrCat(R"({"keys":[)", public_jwk_, "]}"); }

}  // namespace evertoken
