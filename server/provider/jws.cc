#include "server/provider/jws.h"

#include <cjose/cjose.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_split.h"
#include "server/provider/base64url.h"
#include "server/provider/json_document.h"

namespace evertoken {
namespace {

constexpr size_t kMostBytes = 64 << 10;

struct ReleaseKey {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
};
struct ReleaseJws {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};

// Whether the library can be given it: three parts of sound base64url.
bool IsCompact(absl::string_view compact) {
  const std::vector<absl::string_view> parts = absl::StrSplit(compact, '.');
  return parts.size() == 3 && std::all_of(parts.begin(), parts.end(), [](absl::string_view part) {
           return DecodeBase64Url(part).has_value();
         });
}

using Jwk = std::unique_ptr<cjose_jwk_t, ReleaseKey>;

bool Verifies(absl::string_view compact, const cjose_jwk_t* key) {
  if (key == nullptr || !IsCompact(compact)) return false;
  cjose_err error;
  const std::unique_ptr<cjose_jws_t, ReleaseJws> jws(
      cjose_jws_import(compact.data(), compact.size(), &error));
  return jws != nullptr && cjose_jws_verify(jws.get(), key, &error);
}

}  // namespace

std::optional<ParsedJws> ParseJws(absl::string_view compact) {
  if (compact.size() > kMostBytes) return std::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(compact, '.');
  if (parts.size() != 3) return std::nullopt;
  const std::optional<std::string> header_text = DecodeBase64Url(parts[0]);
  std::optional<std::string> payload = DecodeBase64Url(parts[1]);
  if (!header_text.has_value() || !payload.has_value() || !DecodeBase64Url(parts[2]).has_value())
    return std::nullopt;
  const std::shared_ptr<const JsonDocument> header =
      JsonDocument::Parse(*header_text, JsonDocument::Keys::kUnique);
  if (header == nullptr || !header->root().is_object() || header->root().At("/crit").exists())
    return std::nullopt;
  const JsonRef algorithm = header->root().At("/alg");
  const JsonRef key_id = header->root().At("/kid");
  if (!algorithm.is_string() || (key_id.exists() && !key_id.is_string())) return std::nullopt;
  return ParsedJws{*algorithm.Text(), key_id.Text().value_or(""), *std::move(payload)};
}

bool IsSignedBySecret(absl::string_view compact, const std::string& secret) {
  if (secret.empty()) return false;
  cjose_err error;
  const Jwk key(cjose_jwk_create_oct_spec(reinterpret_cast<const uint8_t*>(secret.data()),
                                          secret.size(), &error));
  return Verifies(compact, key.get());
}

bool IsSignedBy(absl::string_view compact, const std::string& key) {
  cjose_err error;
  const Jwk jwk(cjose_jwk_import(key.data(), key.size(), &error));
  return Verifies(compact, jwk.get());
}

}  // namespace evertoken
