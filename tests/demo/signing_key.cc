#include "tests/demo/signing_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/demo/form.h"

namespace evertoken::demo {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

// Key generation and signing with a good key fail only when memory is gone.
void Require(bool done) {
  if (!done) std::abort();
}

std::string PublicNumber(EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  Require(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
  const std::unique_ptr<BIGNUM, Deleter<BN_free>> number(raw);
  std::string bytes(static_cast<size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return Base64Url(bytes);
}

}  // namespace

std::string Base64Url(absl::string_view bytes) {
  std::string text;
  absl::WebSafeBase64Escape(bytes, &text);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

class SigningKey::Impl {
 public:
  explicit Impl(absl::string_view id) : id_(id), key_(EVP_RSA_gen(2048)) {
    Require(key_ != nullptr);
  }

  std::string PublicKeySet() const {
    return absl::StrCat(R"({"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":)",
                        JsonString(id_), R"(,"n":")",
                        PublicNumber(key_.get(), OSSL_PKEY_PARAM_RSA_N), R"(","e":")",
                        PublicNumber(key_.get(), OSSL_PKEY_PARAM_RSA_E), R"("}]})");
  }

  std::string Sign(absl::string_view claims) const {
    const std::string header =
        absl::StrCat(R"({"alg":"RS256","typ":"JWT","kid":)", JsonString(id_), "}");
    const std::string signed_text = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
    const std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    Require(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
    std::string signature(static_cast<size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    size_t length = signature.size();
    Require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                           &length, reinterpret_cast<const unsigned char*>(signed_text.data()),
                           signed_text.size()) == 1);
    signature.resize(length);
    return absl::StrCat(signed_text, ".", Base64Url(signature));
  }

 private:
  const std::string id_;
  const std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>> key_;
};

SigningKey::SigningKey(absl::string_view id) : impl_(std::make_unique<Impl>(id)) {}
SigningKey::~SigningKey() = default;

std::string SigningKey::PublicKeySet() const { return impl_->PublicKeySet(); }
std::string SigningKey::Sign(absl::string_view claims) const { return impl_->Sign(claims); }

}  // namespace evertoken::demo
