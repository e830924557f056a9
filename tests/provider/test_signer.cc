#include "tests/provider/test_signer.h"

#include <cjose/cjose.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/provider/json_document.h"

namespace evertoken {

class TestSigner::Rep {
 public:
  explicit Rep(cjose_jwk_t* key) : key_(key) { EXPECT_NE(key_, nullptr); }
  ~Rep() { cjose_jwk_release(key_); }
  cjose_jwk_t* key() const { return key_; }

 private:
  cjose_jwk_t* const key_;
};

TestSigner::TestSigner(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
TestSigner::~TestSigner() = default;
TestSigner::TestSigner(TestSigner&&) noexcept = default;

TestSigner TestSigner::Rsa(int bits) {
  const uint8_t exponent[] = {1, 0, 1};
  cjose_err error;
  return TestSigner(std::make_unique<Rep>(
      cjose_jwk_create_RSA_random(static_cast<size_t>(bits), exponent, sizeof(exponent), &error)));
}

TestSigner TestSigner::Ec() {
  cjose_err error;
  return TestSigner(std::make_unique<Rep>(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error)));
}

TestSigner TestSigner::Hmac(const std::string& key) {
  cjose_err error;
  return TestSigner(std::make_unique<Rep>(
      cjose_jwk_create_oct_spec(reinterpret_cast<const uint8_t*>(key.data()), key.size(), &error)));
}

std::string TestSigner::PublicJwk(absl::string_view more) const {
  cjose_err error;
  char* text = cjose_jwk_to_json(rep_->key(), false, &error);
  std::string jwk = text;
  std::free(text);
  return absl::StrCat(absl::StripSuffix(jwk, "}"), more, "}");
}

std::string TestSigner::Sign(const std::string& header, const std::string& payload) const {
  cjose_err error;
  cjose_header_t* parsed = cjose_header_new(&error);
  const auto document = JsonDocument::Parse(header);
  for (const char* name : {"alg", "kid", "typ", "crit"}) {
    const std::optional<std::string> value = document->root().At(absl::StrCat("/", name)).Text();
    if (value.has_value()) cjose_header_set(parsed, name, value->c_str(), &error);
  }
  cjose_jws_t* jws =
      cjose_jws_sign(rep_->key(), parsed, reinterpret_cast<const uint8_t*>(payload.data()),
                     payload.size(), &error);
  EXPECT_NE(jws, nullptr) << error.message;
  const char* compact = nullptr;
  EXPECT_TRUE(cjose_jws_export(jws, &compact, &error));
  const std::string signed_text = compact;
  cjose_jws_release(jws);
  cjose_header_release(parsed);
  return signed_text;
}

std::string Base64Url(absl::string_view text) {
  std::string encoded;
  absl::WebSafeBase64Escape(text, &encoded);
  return std::string(absl::StripSuffix(absl::StripSuffix(encoded, "="), "="));
}

}  // namespace evertoken
