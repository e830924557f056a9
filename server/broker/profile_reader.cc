#include "server/broker/profile_reader.h"

#include <utility>

#include "server/base/error.h"
#include "server/broker/freshness.h"
#include "server/broker/profile_merge.h"
#include "server/broker/renewal_rules.h"

namespace evertoken {
namespace {

bool ChangesGrant(const absl::Status& failure) {
  const ErrorReason reason = ReasonOf(failure);
  return reason == v1::ERROR_REASON_GRANT_REVOKED || reason == v1::ERROR_REASON_GRANT_EXPIRED ||
         reason == v1::ERROR_REASON_USER_ACTION_REQUIRED;
}

}  // namespace

ProfileReader::ProfileReader(GrantRepository* grants, Renewer* renewer, ProviderApi* providers,
                             const Clock* clock)
    : grants_(grants), renewer_(renewer), providers_(providers), clock_(clock) {}

Task<absl::StatusOr<ProfileReader::Outcome>> ProfileReader::Fetch(RequestContext context,
                                                                  ProviderBinding binding,
                                                                  LoadedGrant grant) {
  absl::StatusOr<LoadedGrant> usable =
      co_await WithUsableToken(context, binding, grant, kExpiryMargin);
  if (!usable.ok()) co_return usable.status();
  bool may_renew = CheckRenewable(usable->grant(), *binding.entry, clock_->Now()).ok();
  for (;;) {
    storage::v1::ProviderTokens tokens = usable->grant().tokens();
    std::string claims = usable->grant().id_token_claims();
    ProfileResult fetched =
        co_await providers_->FetchProfile(binding, std::move(tokens), std::move(claims));
    if (fetched.status.ok()) {
      absl::StatusOr<Outcome> kept = co_await Keep(*usable, std::move(fetched));
      co_return kept;
    }
    if (!fetched.access_token_rejected || !may_renew) {
      absl::Status failure = co_await Record(*usable, fetched.status);
      co_return failure;
    }
    may_renew = false;
    usable = co_await RenewNow(context, binding, *usable, RenewalAttempt::Cause::kTokenRefused);
    if (!usable.ok()) co_return usable.status();
  }
}

Task<absl::StatusOr<LoadedGrant>> ProfileReader::WithUsableToken(RequestContext context,
                                                                 ProviderBinding binding,
                                                                 LoadedGrant grant,
                                                                 absl::Duration min_remaining) {
  const absl::Time now = clock_->Now();
  absl::Status alive = CheckAlive(grant.grant());
  if (!alive.ok()) co_return alive;
  if (AccessTokenUsable(grant.grant().tokens(), min_remaining, now)) co_return grant;
  absl::StatusOr<LoadedGrant> renewed =
      co_await RenewNow(context, binding, grant, RenewalAttempt::Cause::kAsked);
  if (renewed.ok()) co_return renewed;
  // What still lives is still served, unless the renewal proved that it is dead (rule 5).
  const bool dead = ChangesGrant(renewed.status());
  if (!dead && AccessTokenUsable(grant.grant().tokens(), absl::ZeroDuration(), clock_->Now()))
    co_return grant;
  co_return renewed;
}

Task<absl::StatusOr<LoadedGrant>> ProfileReader::RenewNow(RequestContext context,
                                                          ProviderBinding binding,
                                                          LoadedGrant grant,
                                                          RenewalAttempt::Cause cause) {
  absl::Status renewable = CheckRenewable(grant.grant(), *binding.entry, clock_->Now());
  if (!renewable.ok()) co_return renewable;
  Renewer::Result renewed =
      co_await renewer_->Renew(std::move(context), std::move(binding), std::move(grant), cause);
  if (!renewed.ok()) co_return renewed.status();
  co_return renewed->grant;
}

Task<absl::StatusOr<ProfileReader::Outcome>> ProfileReader::Keep(LoadedGrant grant,
                                                                 ProfileResult fetched) {
  const std::string& known_subject = grant.grant().subject();
  const std::string& told_subject = fetched.profile.subject();
  if (!known_subject.empty() && !told_subject.empty() && known_subject != told_subject) {
    // OpenID Connect Core 1.0 section 5.3.2: such an answer must not be used.
    co_return MakeError(v1::ERROR_REASON_PROVIDER_REPLY_INVALID,
                        "the provider's profile speaks of another user");
  }
  GrantRepository::Change change = [&fetched](storage::v1::Grant* record) {
    *record->mutable_profile() = MergeProfiles(record->profile(), fetched.profile);
    record->mutable_profile()->set_provider(record->provider());
    if (record->subject().empty()) record->set_subject(record->profile().subject());
    return true;
  };
  absl::StatusOr<LoadedGrant> kept = co_await grants_->Update(std::move(grant), std::move(change));
  if (!kept.ok()) co_return kept.status();
  Outcome outcome{*std::move(kept), std::move(fetched.raw)};
  co_return outcome;
}

Task<absl::Status> ProfileReader::Record(LoadedGrant grant, absl::Status failure) {
  if (!ChangesGrant(failure)) co_return failure;
  GrantRepository::Change change = [this, &failure](storage::v1::Grant* record) {
    if (!CheckAlive(*record).ok()) return false;
    ApplyFailure(failure, clock_->Now(), record);
    return true;
  };
  absl::StatusOr<LoadedGrant> recorded =
      co_await grants_->Update(std::move(grant), std::move(change));
  // The caller hears the truth about the provider even when it could not be written down.
  if (!recorded.ok())
    Log(LogLevel::kWarn, "grant_state_not_recorded", {{"error", recorded.status()}});
  co_return failure;
}

}  // namespace evertoken
