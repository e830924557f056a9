#include "server/broker/grant_starter.h"

#include <utility>

#include "server/base/error.h"
#include "server/base/ids.h"
#include "server/base/proto_time.h"
#include "server/broker/expiry.h"

namespace evertoken {
namespace {

// A little longer than a request token, so that the token and not the grant decides who is late.
constexpr absl::Duration kUnclaimedLifetime = absl::Minutes(16);

void SetExpiry(const Expiry& expiry, storage::v1::Grant* grant) {
  *grant->mutable_expire_time() = ToTimestamp(expiry.time);
  grant->set_expiry_limit(expiry.limit);
}

}  // namespace

GrantStarter::GrantStarter(GrantRepository* grants, Companions* companions, ProfileReader* profiles,
                           ProviderApi* providers, const Clock* clock)
    : grants_(grants),
      companions_(companions),
      profiles_(profiles),
      providers_(providers),
      clock_(clock) {}

Task<absl::StatusOr<StartedGrant>> GrantStarter::Start(RequestContext context,
                                                       const config::v1::App* app,
                                                       ProviderBinding binding,
                                                       storage::v1::ProviderTokens tokens,
                                                       Secret nonce, bool claimed,
                                                       std::optional<std::string> looked_up) {
  const absl::Time now = clock_->Now();
  storage::v1::Grant grant;
  grant.set_grant_id(RandomGuid());
  grant.set_app(app->key());
  grant.set_provider(binding.provider);
  *grant.mutable_login_time() = ToTimestamp(now);
  grant.set_state(v1::GRANT_STATE_ACTIVE);
  *grant.mutable_tokens() = std::move(tokens);
  SetExpiry({now + kUnclaimedLifetime, v1::EXPIRY_LIMIT_DEFAULT}, &grant);

  Secret access_token(RandomGuid());
  absl::StatusOr<LoadedGrant> stored =
      co_await grants_->Create(access_token, std::move(grant), kUnclaimedLifetime);
  if (!stored.ok()) co_return stored.status();
  absl::StatusOr<LoadedGrant> identified =
      co_await Identify(context, binding, *stored, std::move(nonce), std::move(looked_up));
  if (!identified.ok()) co_return identified.status();
  if (claimed) {
    identified = co_await Claim(app, binding, *identified);
    if (!identified.ok()) co_return identified.status();
  }
  StartedGrant started{std::move(access_token), *std::move(identified)};
  co_return started;
}

Task<absl::StatusOr<LoadedGrant>> GrantStarter::IdentifyByProfile(RequestContext context,
                                                                  ProviderBinding binding,
                                                                  LoadedGrant grant,
                                                                  std::string subject) {
  GrantRepository::Change change = [&subject](storage::v1::Grant* record) {
    if (subject.empty()) return false;
    record->set_subject(subject);
    return true;
  };
  absl::StatusOr<LoadedGrant> known = co_await grants_->Update(std::move(grant), std::move(change));
  if (!known.ok()) co_return known.status();
  absl::StatusOr<LoadedGrant> told = co_await FetchProfile(context, binding, *known);
  co_return told;
}

Task<absl::StatusOr<LoadedGrant>> GrantStarter::Identify(RequestContext context,
                                                         ProviderBinding binding, LoadedGrant grant,
                                                         Secret nonce,
                                                         std::optional<std::string> looked_up) {
  const bool has_id_token = !grant.grant().tokens().id_token().empty();
  if (binding.entry->issuer().empty() || (looked_up.has_value() && !has_id_token)) {
    std::string subject = std::move(looked_up).value_or("");
    absl::StatusOr<LoadedGrant> by_profile = co_await IdentifyByProfile(
        std::move(context), std::move(binding), std::move(grant), std::move(subject));
    co_return by_profile;
  }
  if (!has_id_token) {
    co_return MakeError(
        v1::ERROR_REASON_PROVIDER_REPLY_INVALID,
        "the provider sent no ID token; the scope openid must be among those asked for");
  }
  Secret id_token(grant.grant().tokens().id_token());
  absl::StatusOr<IdTokenClaims> claims =
      co_await providers_->VerifyIdToken(binding, std::move(id_token), std::move(nonce));
  if (!claims.ok()) co_return claims.status();
  GrantRepository::Change change = [&claims](storage::v1::Grant* record) {
    record->set_subject(claims->subject);
    record->set_id_token_claims(claims->json);
    return true;
  };
  absl::StatusOr<LoadedGrant> identified =
      co_await grants_->Update(std::move(grant), std::move(change));
  // Without calls nobody else is asked, and some of what the login brought may never come again.
  if (!identified.ok() || !binding.entry->profile_calls().empty()) co_return identified;
  identified = co_await FetchProfile(context, binding, *identified);
  co_return identified;
}

Task<absl::StatusOr<LoadedGrant>> GrantStarter::FetchProfile(RequestContext context,
                                                             ProviderBinding binding,
                                                             LoadedGrant grant) {
  absl::StatusOr<ProfileReader::Outcome> fetched =
      co_await profiles_->Fetch(context, binding, grant);
  if (fetched.ok()) co_return fetched->grant;
  // The user did sign in: who it is can be learned with the first profile call of the app.
  Log(LogLevel::kWarn, "login_profile_failed", context,
      {{"provider", binding.provider}, {"error", fetched.status()}});
  absl::StatusOr<LoadedGrant> reloaded = co_await grants_->Reload(grant.key);
  co_return reloaded;
}

Task<absl::StatusOr<LoadedGrant>> GrantStarter::Claim(const config::v1::App* app,
                                                      ProviderBinding binding, LoadedGrant grant) {
  if (grant.grant().claimed()) co_return grant;
  const absl::Time now = clock_->Now();
  const Expiry expiry =
      InitialExpiry(*app, FromTimestamp(grant.grant().login_time()),
                    ProviderDeadline(*binding.entry, grant.grant().tokens()), now);
  absl::Status created = co_await companions_->Create(grant, ToTimestamp(expiry.time));
  if (!created.ok()) co_return created;
  GrantRepository::Change change = [&expiry](storage::v1::Grant* record) {
    if (record->claimed()) return false;
    record->set_claimed(true);
    NameChains(record);
    SetExpiry(expiry, record);
    return true;
  };
  absl::StatusOr<LoadedGrant> claimed =
      co_await grants_->Update(std::move(grant), std::move(change));
  co_return claimed;
}

}  // namespace evertoken
