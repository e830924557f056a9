// An ID token in compact form; the same bytes as claims, which a signature would have stood in front of.
#include <cjose/cjose.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/provider/id_token_claims.h"
#include "server/provider/json_document.h"
#include "server/provider/jws.h"

namespace evertoken {
namespace {

std::string MakePublicKey() {
  cjose_err error;
  cjose_jwk_t* key = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error);
  char* text = cjose_jwk_to_json(key, false, &error);
  std::string jwk = text;
  std::free(text);
  cjose_jwk_release(key);
  return jwk;
}

void ReadToken(absl::string_view input) {
  static const auto* const kKey = new std::string(MakePublicKey());
  const std::optional<ParsedJws> jws = ParseJws(input);
  // Nobody has the private key.
  if (IsSignedBy(input, *kKey)) std::abort();
  const std::shared_ptr<const JsonDocument> claims = JsonDocument::Parse(
      jws.has_value() ? absl::string_view(jws->payload) : input, JsonDocument::Keys::kUnique);
  if (claims == nullptr) return;
  IdTokenExpectation expected;
  expected.issuers = {"https://idp.test"};
  expected.issuer_template = "https://idp.test/{tid}/v2";
  expected.client_ids = {"client"};
  expected.nonce = Secret("nonce");
  expected.now = absl::FromUnixSeconds(1900000000);
  expected.leeway = absl::Seconds(60);
  (void)CheckIdTokenClaims(claims->root(), expected);
}

}  // namespace
}  // namespace evertoken

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evertoken::ReadToken(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
