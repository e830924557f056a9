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
  bool all = true;
  absl::StatusOr<std::vector<LoadedGrant>> pairs = co_await LivingPairs(*grant, &all);
  if (!pairs.ok()) co_return pairs.status();
  std::vector<bool> usable;
  for (const LoadedGrant& pair : *pairs) {
    absl::Status renewed;
    if (binding.ok()) renewed = co_await MakeUsable(context, *binding, pair);
    usable.push_back(binding.ok() && renewed.ok());
  }
  // Ended here before the provider is told: whatever it answers, nobody uses the tokens again.
  std::vector<storage::v1::ProviderTokens> to_revoke;
  absl::Status failure;
  for (size_t i = 0; i < pairs->size() && failure.ok(); ++i) {
    absl::StatusOr<storage::v1::ProviderTokens> tokens = co_await End((*pairs)[i]);
    const bool is_gone = ReasonOf(tokens.status()) == v1::ERROR_REASON_TOKEN_NOT_FOUND;
    if (!tokens.ok() && !is_gone) failure = tokens.status();
    all = all && tokens.ok() && usable[i];
    if (tokens.ok() && usable[i]) to_revoke.push_back(*std::move(tokens));
  }
  for (storage::v1::ProviderTokens& tokens : to_revoke) {
    absl::StatusOr<bool> revoked = co_await provider_->Revoke(app, *binding, std::move(tokens));
    all = all && revoked.ok() && *revoked;
    if (!revoked.ok()) {
      Log(LogLevel::kWarn, "provider_revocation_failed", context,
          {{"provider", binding->provider}, {"error", revoked.status()}});
    }
  }
  if (!failure.ok()) co_return failure;
  answer.set_revoked_at_provider(all && !to_revoke.empty());
  co_return answer;
}

Task<absl::StatusOr<std::vector<LoadedGrant>>> TokenRevocation::LivingPairs(LoadedGrant grant,
                                                                            bool* all) {
  std::vector<LoadedGrant> pairs;
  for (const std::string& chain : grant.grant().chains()) {
    std::string name = chain;
    absl::StatusOr<LoadedGrant> companion = co_await companions_->Find(grant, std::move(name));
    const bool is_gone = ReasonOf(companion.status()) == v1::ERROR_REASON_GRANT_EXPIRED;
    if (!companion.ok() && !is_gone) co_return companion.status();
    const bool lives = companion.ok() && CheckAlive(companion->grant()).ok();
    if (!lives) *all = *all && !is_gone && !companion->grant().ended_by_app();
    if (lives) pairs.push_back(*std::move(companion));
  }
  // Companions live on where the provider ended the grant alone.
  if (CheckAlive(grant.grant()).ok()) pairs.push_back(std::move(grant));
  co_return pairs;
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
