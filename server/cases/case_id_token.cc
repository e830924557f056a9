#include "server/cases/case_id_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/cases/case_failures.h"
#include "server/cases/case_key.h"
#include "server/cases/case_nodes.h"
#include "server/provider/signing_key.h"

namespace evertoken {
namespace {

std::string Base64Url(absl::string_view bytes) {
  const std::string encoded = absl::WebSafeBase64Escape(bytes);
  absl::string_view bare = encoded;
  while (absl::ConsumeSuffix(&bare, "=")) {
  }
  return std::string(bare);
}

Secret SignHs256(const std::string& key, absl::string_view payload) {
  const std::string text = absl::StrCat(Base64Url(R"({"alg":"HS256"})"), ".", Base64Url(payload));
  unsigned char code[EVP_MAX_MD_SIZE] = {};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), code, &size);
  return Secret(absl::StrCat(
      text, ".", Base64Url(absl::string_view(reinterpret_cast<const char*>(code), size))));
}

// The claims of the case with the times behind them.
absl::StatusOr<std::string> PayloadOf(const YamlNode& node, absl::Time now) {
  const std::string& claims = Member(node, "claims").text;
  if (!absl::EndsWith(claims, "}") || claims == "{}")
    return absl::InvalidArgumentError("id_token.claims must be a JSON object with claims");
  const absl::Time issued = now - CaseDuration(Member(node, "age")).value_or(absl::ZeroDuration());
  const absl::Time end = issued + CaseDuration(Member(node, "life")).value_or(absl::Minutes(5));
  return absl::StrCat(absl::StripSuffix(claims, "}"), ",\"iat\":", absl::ToUnixSeconds(issued),
                      ",\"exp\":", absl::ToUnixSeconds(end), "}");
}

}  // namespace

absl::StatusOr<Secret> SignedIdToken(const ProviderCase& played, absl::Time now) {
  const absl::StatusOr<std::string> payload = PayloadOf(played.id_token, now);
  if (!payload.ok()) return payload.status();
  const std::string& algorithm = Member(played.id_token, "algorithm").text;
  if (algorithm == "HS256") return SignHs256(played.client.client_secret(), *payload);
  if (!algorithm.empty() && algorithm != "ES256")
    return absl::InvalidArgumentError("id_token.algorithm must be ES256 or HS256");
  return SignEs256(CaseKey::Get().pem(), R"({"alg":"ES256","kid":"case-key"})", *payload);
}

}  // namespace evertoken
