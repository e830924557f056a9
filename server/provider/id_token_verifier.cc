#include "server/provider/id_token_verifier.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/log.h"
#include "server/base/proto_time.h"
#include "server/provider/id_token_claims.h"
#include "server/provider/json_document.h"
#include "server/provider/jwks.h"
#include "server/provider/provider_error.h"

namespace evertoken {
namespace {

constexpr absl::Duration kKeysMaxAge = absl::Hours(1);

absl::Status Refused(const ProviderBinding& binding, absl::string_view what) {
  return ReplyInvalid(binding.provider, absl::StrCat("the ID token ", what));
}

bool IsAcceptedAlgorithm(const ProviderBinding& binding, const std::string& algorithm) {
  const auto& accepted = binding.entry->id_token().algorithms();
  return std::find(accepted.begin(), accepted.end(), algorithm) != accepted.end();
}

absl::Status CheckSignature(const ProviderBinding& binding, const ParsedJws& jws,
                            const Secret& id_token, JsonRef jwks) {
  const std::vector<std::string> keys = FindSigningKeys(jwks, jws.algorithm, jws.key_id);
  if (keys.empty()) return Refused(binding, "is signed by a key that the provider does not list");
  // Core section 10.1: without a key id there must be one key only that it could be.
  if (jws.key_id.empty() && keys.size() > 1)
    return Refused(binding, "does not say by which key it is signed");
  const bool is_signed = std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
    return IsSignedBy(id_token.Reveal(), key);
  });
  return is_signed ? absl::OkStatus() : Refused(binding, "has a wrong signature");
}

// Who got the token, of claims that were checked; empty: our own client, which may be the audience beside a native one.
std::string ClientOf(JsonRef claims, const std::string& own) {
  std::optional<std::string> party = claims.At("/azp").Text();
  if (!party.has_value()) party = claims.At("/aud").Text();
  if (!party.has_value()) party = claims.At("/aud/0").Text();
  return party.value_or("") == own ? "" : party.value_or("");
}

IdTokenExpectation Expect(const ProviderBinding& binding, const DiscoveryDocument& document,
                          Secret nonce, absl::Time now) {
  const config::v1::Provider::IdToken& id_token = binding.entry->id_token();
  IdTokenExpectation expected;
  // A document for many tenants names no issuer that a token could have.
  if (absl::StrContains(document.issuer, "{")) {
    expected.issuer_template = id_token.issuer_template();
  } else {
    expected.issuers.push_back(document.issuer);
  }
  expected.issuers.insert(expected.issuers.end(), id_token.additional_issuers().begin(),
                          id_token.additional_issuers().end());
  expected.client_ids.push_back(binding.client->client_id());
  const auto& native = binding.client->native_client_ids();
  expected.client_ids.insert(expected.client_ids.end(), native.begin(), native.end());
  expected.nonce = std::move(nonce);
  expected.now = now;
  expected.leeway = FromDuration(id_token.leeway());
  return expected;
}

}  // namespace

IdTokenVerifier::IdTokenVerifier(const Clock* clock, Discovery* discovery, DocumentCache* documents)
    : clock_(clock), discovery_(discovery), documents_(documents) {}

Task<absl::StatusOr<IdTokenClaims>> IdTokenVerifier::Verify(ProviderBinding binding,
                                                            Secret id_token, Secret nonce) {
  return Verify(std::move(binding), std::move(id_token), std::move(nonce), WithoutKeys::kRefuse);
}

Task<absl::StatusOr<IdTokenClaims>> IdTokenVerifier::VerifyRenewed(ProviderBinding binding,
                                                                   Secret id_token) {
  // A refresh repeats neither nonce nor login (section 12.2).
  return Verify(std::move(binding), std::move(id_token), Secret(), WithoutKeys::kTrustTls);
}

Task<absl::Status> IdTokenVerifier::VerifySignature(ProviderBinding binding, std::string jwks_uri,
                                                    ParsedJws jws, Secret id_token) {
  absl::StatusOr<DocumentCache::Document> jwks =
      co_await documents_->Get(binding.provider, jwks_uri, kKeysMaxAge);
  if (!jwks.ok()) co_return jwks.status();
  absl::Status signature = CheckSignature(binding, jws, id_token, (*jwks)->root());
  if (signature.ok()) co_return signature;
  jwks = co_await documents_->Replace(binding.provider, jwks_uri, *jwks);
  if (!jwks.ok()) co_return jwks.status();
  co_return CheckSignature(binding, jws, id_token, (*jwks)->root());
}

Task<absl::Status> IdTokenVerifier::VerifyByKeys(ProviderBinding binding, std::string jwks_uri,
                                                 ParsedJws jws, Secret id_token,
                                                 WithoutKeys without_keys) {
  absl::Status signature = co_await VerifySignature(binding, jwks_uri, std::move(jws), id_token);
  // Only keys that are there and new prove that a signature is wrong.
  const bool judged = signature.ok() || documents_->IsNewest(jwks_uri);
  if (judged || without_keys != WithoutKeys::kTrustTls) co_return signature;
  Log(LogLevel::kWarn, "id_token_keys_unavailable",
      {{"provider", binding.provider}, {"error", signature}});
  co_return absl::OkStatus();
}

Task<absl::StatusOr<IdTokenClaims>> IdTokenVerifier::Verify(ProviderBinding binding,
                                                            Secret id_token, Secret nonce,
                                                            WithoutKeys without_keys) {
  const std::optional<ParsedJws> jws = ParseJws(id_token.Reveal());
  if (!jws.has_value()) co_return Refused(binding, "is not a signed token");
  if (!IsAcceptedAlgorithm(binding, jws->algorithm))
    co_return Refused(binding, "is signed by an algorithm that is not accepted");
  const bool by_secret = jws->algorithm == "HS256";
  absl::StatusOr<DiscoveryDocument> document = co_await discovery_->Get(binding);
  if (document.ok() && document->jwks_uri.empty() && !by_secret)
    document = ReplyInvalid(binding.provider, "its discovery document names no keys");
  // It says nothing of the token that came.
  if (!document.ok() && without_keys == WithoutKeys::kTrustTls)
    co_return Unavailable(binding.provider, kUnavailableDelay);
  if (!document.ok()) co_return document.status();
  absl::Status signature;
  if (by_secret) {
    if (!IsSignedBySecret(id_token.Reveal(), binding.client->client_secret()))
      signature = Refused(binding, "has a wrong signature");
  } else {
    signature = co_await VerifyByKeys(binding, document->jwks_uri, *jws, id_token, without_keys);
  }
  if (!signature.ok()) co_return signature;

  const std::shared_ptr<const JsonDocument> claims =
      JsonDocument::Parse(jws->payload, JsonDocument::Keys::kUnique);
  if (claims == nullptr) co_return Refused(binding, "has claims that are not proper JSON");
  const absl::Status checked = CheckIdTokenClaims(
      claims->root(), Expect(binding, *document, std::move(nonce), clock_->Now()));
  if (!checked.ok()) co_return Refused(binding, checked.message());
  std::string client_id = ClientOf(claims->root(), binding.client->client_id());
  co_return IdTokenClaims{*claims->root().At("/sub").Text(), jws->payload, std::move(client_id)};
}

}  // namespace evertoken
