#include "server/broker/token_revocation.h"

#include <utility>

#include "server/base/error.h"
#include "server/broker/freshness.h"
#include "server/broker/renewal_rules.h"

namespace evertoken {
namespace {

bool IsOf(const config::v1::App& app, const storage::v1::Grant& grant) {
  return grant.app() == app.key() && grant.claimed();
}

}  // namespace

TokenRevocation::TokenRevocation(GrantRepository* grants, Companions* companions,
                                 RecentResults* recent, Renewer* renewer, GuardedProvider* provider,
                                 const AppRegistry* apps, const Clock* clock)
    : grants_(grants),
      companions_(companions),
      recent_(recent),
      renewer_(renewer),
      provider_(provider),
      apps_(apps),
      clock_(clock) {}

Task<absl::StatusOr<v1::RevokeTokenResponse>> TokenRevocation::Revoke(RequestContext context,
                                                                      const config::v1::App* app,
                                                                      Secret access_token) {
  v1::RevokeTokenResponse answer;
  absl::StatusOr<LoadedGrant> grant = co_await grants_->Find(access_token, /*allow_cached=*/false);
  if (ReasonOf(grant.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND) co_return answer;
  if (!grant.ok()) co_return grant.status();
  if (!IsOf(*app, grant->grant())) co_return answer;
  absl::StatusOr<ProviderBinding> binding = apps_->Bind(*app, grant->grant().provider());
  absl::StatusOr<bool> others = co_await EndCompanions(context, app, binding, *grant);
  if (!others.ok()) co_return others.status();
  // Companions live on where the provider ended the grant alone.
  if (!CheckAlive(grant->grant()).ok()) co_return answer;
  absl::StatusOr<bool> revoked = co_await EndOne(context, app, binding, *grant);
  if (!revoked.ok()) co_return revoked.status();
  answer.set_revoked_at_provider(*revoked && *others);
  co_return answer;
}

Task<absl::StatusOr<bool>> TokenRevocation::EndCompanions(RequestContext context,
                                                          const config::v1::App* app,
                                                          absl::StatusOr<ProviderBinding> binding,
                                                          LoadedGrant grant) {
  bool all = true;
  for (const std::string& chain : grant.grant().chains()) {
    std::string name = chain;
    absl::StatusOr<LoadedGrant> companion = co_await companions_->Find(grant, std::move(name));
    if (ReasonOf(companion.status()) == v1::ERROR_REASON_GRANT_EXPIRED) continue;
    if (!companion.ok()) co_return companion.status();
    if (!CheckAlive(companion->grant()).ok()) continue;
    absl::StatusOr<bool> ended = co_await EndOne(context, app, binding, *companion);
    if (!ended.ok()) co_return ended.status();
    all = all && *ended;
  }
  co_return all;
}

Task<absl::StatusOr<bool>> TokenRevocation::EndOne(RequestContext context,
                                                   const config::v1::App* app,
                                                   absl::StatusOr<ProviderBinding> binding,
                                                   LoadedGrant grant) {
  absl::Status usable;
  if (binding.ok()) usable = co_await MakeUsable(context, *binding, grant);
  // Ended here before the provider is told: whatever it answers, nobody uses the token again.
  absl::StatusOr<storage::v1::ProviderTokens> tokens = co_await End(grant);
  if (!tokens.ok()) co_return tokens.status();
  if (!binding.ok() || !usable.ok()) co_return false;
  absl::StatusOr<bool> revoked = co_await provider_->Revoke(app, *binding, *std::move(tokens));
  if (!revoked.ok()) {
    Log(LogLevel::kWarn, "provider_revocation_failed", context,
        {{"provider", binding->provider}, {"error", revoked.status()}});
  }
  co_return revoked.ok() && *revoked;
}

Task<absl::Status> TokenRevocation::MakeUsable(RequestContext context, ProviderBinding binding,
                                               LoadedGrant grant) {
  const absl::Time now = clock_->Now();
  const bool usable = !binding.entry->revocation().needs_living_token() ||
                      AccessTokenUsable(grant.grant().tokens(), kExpiryMargin, now);
  if (usable) co_return absl::OkStatus();
  absl::Status renewable = CheckRenewable(grant.grant(), *binding.entry, now);
  if (!renewable.ok()) co_return renewable;
  Renewer::Result renewed = co_await renewer_->Renew(
      std::move(context), std::move(binding), std::move(grant), RenewalAttempt::Cause::kAsked);
  co_return renewed.status();
}

Task<absl::StatusOr<storage::v1::ProviderTokens>> TokenRevocation::End(LoadedGrant grant) {
  storage::v1::ProviderTokens tokens = grant.grant().tokens();
  GrantRepository::Change change = [this, &tokens](storage::v1::Grant* record) {
    if (!CheckAlive(*record).ok()) return false;
    tokens = record->tokens();
    ApplyEnd(v1::ERROR_REASON_GRANT_REVOKED, clock_->Now(), record);
    return true;
  };
  absl::StatusOr<LoadedGrant> ended = co_await grants_->Update(std::move(grant), std::move(change));
  if (!ended.ok()) co_return ended.status();
  recent_->Remember(*ended);
  co_return tokens;
}

}  // namespace evertoken
