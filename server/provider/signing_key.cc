#include "server/provider/signing_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace evertoken {
namespace {

constexpr size_t kMostPemBytes = 8 << 10;
constexpr int kNumberBytes = 32;  // of each of the signature's two numbers

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

// A key with a passphrase is refused instead of asked for on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

bool IsP256(const EVP_PKEY* key) {
  char group[32] = {};
  size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
         absl::string_view(group, size) == "prime256v1";
}

absl::StatusOr<Key> ReadKey(const std::string& pem) {
  const absl::Status refused = absl::InvalidArgumentError(
      "must be a private key for ES256: PKCS#8 as PEM, of the curve P-256, without a passphrase");
  if (pem.size() > kMostPemBytes) return refused;
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (bio == nullptr) return refused;
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  // What OpenSSL has to say of a bad key would else be found by the next TLS connection of this thread.
  ERR_clear_error();
  if (key == nullptr || !IsP256(key.get())) return refused;
  return key;
}

// DER, as OpenSSL signs.
std::vector<unsigned char> SignDer(EVP_PKEY* key, absl::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
    return {};
  }
  std::vector<unsigned char> der(size);
  if (EVP_DigestSign(context.get(), der.data(), &size, bytes, text.size()) != 1) return {};
  der.resize(size);
  return der;
}

// RFC 7518 section 3.4 wants the two numbers side by side. Empty when it cannot be done.
std::string SideBySide(const std::vector<unsigned char>& der) {
  const unsigned char* at = der.data();
  const std::unique_ptr<ECDSA_SIG, Free> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (signature == nullptr) return "";
  std::string joined(2 * kNumberBytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(joined.data());
  const bool fits =
      BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kNumberBytes) == kNumberBytes &&
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + kNumberBytes, kNumberBytes) ==
          kNumberBytes;
  return fits ? joined : "";
}

std::string Base64Url(absl::string_view text) {
  std::string encoded = absl::WebSafeBase64Escape(text);
  absl::string_view bare = encoded;
  while (absl::ConsumeSuffix(&bare, "=")) {
  }
  return std::string(bare);
}

}  // namespace

absl::Status CheckSigningKey(const std::string& pem) { return ReadKey(pem).status(); }

absl::StatusOr<Secret> SignEs256(const std::string& pem, absl::string_view header,
                                 absl::string_view payload) {
  const absl::StatusOr<Key> key = ReadKey(pem);
  if (!key.ok()) return key.status();
  const std::string text = absl::StrCat(Base64Url(header), ".", Base64Url(payload));
  const std::vector<unsigned char> der = SignDer(key->get(), text);
  const std::string signature = der.empty() ? "" : SideBySide(der);
  if (signature.empty()) return absl::InvalidArgumentError("the private key cannot sign");
  return Secret(absl::StrCat(text, ".", Base64Url(signature)));
}

}  // namespace evertoken
