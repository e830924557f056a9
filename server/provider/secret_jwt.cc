#include "server/provider/secret_jwt.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/proto_time.h"
#include "server/provider/binding_values.h"
#include "server/provider/json_document.h"
#include "server/provider/provider_error.h"
#include "server/provider/signing_key.h"
#include "server/provider/url_template.h"

namespace evertoken {
namespace {

using Members = std::map<std::string, std::string>;

// The claims that are texts, with the times behind them.
std::string PayloadOf(const std::string& claims, absl::Time now, absl::Duration life) {
  return absl::StrCat(absl::StripSuffix(claims, "}"), ",\"iat\":", absl::ToUnixSeconds(now),
                      ",\"exp\":", absl::ToUnixSeconds(now + life), "}");
}

}  // namespace

absl::StatusOr<Secret> SecretJwtSigner::For(const ProviderBinding& binding) {
  const config::v1::Provider::ClientAuthentication::SecretJwt& jwt =
      binding.entry->client_authentication().jwt();
  const BindingValues values(binding);
  const absl::StatusOr<std::string> issuer = ExpandText(jwt.issuer(), values);
  const absl::StatusOr<std::string> key_id = ExpandText(jwt.key_id(), values);
  for (const absl::Status& known : {issuer.status(), key_id.status()}) {
    if (!known.ok()) return Misconfigured(binding.provider, known.message());
  }
  const std::string& client_id = binding.client->client_id();
  const std::string& key = binding.client->client_secret();
  const std::string header =
      SerializeObject(Members{{"alg", "ES256"}, {"kid", *key_id}, {"typ", "JWT"}});
  const std::string claims =
      SerializeObject(Members{{"iss", *issuer}, {"aud", jwt.audience()}, {"sub", client_id}});
  const absl::Duration life = FromDuration(jwt.lifetime());
  const absl::Time now = clock_->Now();

  Made& made = made_[{binding.provider, client_id}];
  const std::string from = absl::StrCat(header, claims, absl::FormatDuration(life));
  const bool usable = made.from == from && made.key.Equals(key) && now >= made.begin &&
                      now < made.use_until && !made.jwt.empty();
  if (usable) return made.jwt;
  absl::StatusOr<Secret> fresh = SignEs256(key, header, PayloadOf(claims, now, life));
  if (!fresh.ok())
    return Misconfigured(binding.provider,
                         absl::StrCat("the app's client_secret ", fresh.status().message()));
  made = {from, Secret(key), *fresh, now, now + life / 2};
  return fresh;
}

}  // namespace evertoken
